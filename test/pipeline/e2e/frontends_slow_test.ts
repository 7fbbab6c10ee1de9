/** Every front-end through all stages, as a user runs it. */
import { assertEquals } from "@std/assert";
import { Project } from "../../support/project.ts";

Deno.test("fastaudio runs through all stages in every setting, on features of its own", async () => {
  await using project = new Project();
  const { result, ran } = await project.events(
    "sweep",
    "--frontend",
    "fastaudio",
    "--n-mels",
    "10",
    "--setting",
    "A,B,C,D",
    ...project.tiny,
    "frontend.mask={start: 0, end: 2}",
  );
  assertEquals(result.code, 0, result.stderr);
  assertEquals(
    ran.filter((task) => /^features\/.*-train$/.test(task)),
    ["decibels10", "magnitude", "waveform"].map((made) => `features/tones-${made}-train`),
  );
  assertEquals(
    ran.filter((task) => task.startsWith("evaluate/")),
    ["A", "B", "C", "D"].map((setting) => `evaluate/tones-linear-fastaudio-mask0-2-${setting}-mel10-seed0`),
  );
});
