import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  compareRuns,
  type RunDescription,
  type RunFigures,
  wilsonInterval,
} from "../../../pipeline/report/results.ts";
import { resultsCsv, resultsMarkdown, resultsText } from "../../../pipeline/report/results_table.ts";
import { bytes, count, duration, figure, roughDuration } from "../../../pipeline/report/wording.ts";

function run(
  name: string,
  setting: string,
  accuracy: number,
  more: Partial<RunDescription> = {},
): RunDescription & RunFigures {
  const checkpoint = { epoch: 3, accuracy, cross_entropy: 0.5, f1_macro: 0.7, f1_weighted: 0.8 };
  return {
    run: name,
    setting,
    frontend: "nnaudio",
    model: "linear",
    n_mels: 40,
    seed: 0,
    other: {},
    trained_parameters: 48492,
    test_clips: 400,
    best: checkpoint,
    last: checkpoint,
    train_seconds: 65,
    ...more,
  };
}

Deno.test("compareRuns() takes the difference to the run that differs only in having setting A", () => {
  const rows = compareRuns([
    run("a40", "A", 0.5),
    run("d40", "D", 0.75),
    run("a10", "A", 0.25, { n_mels: 10 }),
    run("d10", "D", 0.5, { n_mels: 10 }),
    run("d20", "D", 0.5, { n_mels: 20 }),
    run("d40-seed1", "D", 0.5, { seed: 1 }),
  ]);
  assertEquals(rows.map((r) => r.gain_over_a), [0, 0.25, 0, 0.25, null, null]);
});

Deno.test("wilsonInterval() agrees with published values and stays inside [0, 1]", () => {
  // Newcombe 1998, table I, method 3: 81 of 263 and 0 of 20.
  const [low, high] = wilsonInterval(81, 263);
  assertAlmostEquals(low, 0.2553, 5e-5);
  assertAlmostEquals(high, 0.3662, 5e-5);
  assertAlmostEquals(wilsonInterval(0, 20)[1], 0.1611, 5e-5);
  assertEquals(wilsonInterval(0, 20)[0], 0);
});

Deno.test("resultsCsv() quotes what needs it and has a column for each other value", () => {
  const rows = compareRuns([run('a, "b"', "A", 0.5, { other: { "trainer.epochs": 3 } })]);
  const [titles, line] = resultsCsv(rows).split("\r\n");
  assertEquals(titles!.split(",").slice(0, 8), [
    "run",
    "frontend",
    "model",
    "setting",
    "n_mels",
    "seed",
    "trainer.epochs",
    "trained_parameters",
  ]);
  assertEquals(line!.startsWith('"a, ""b""",nnaudio,linear,A,40,0,3,48492,400,0.5,'), true, line!);
});

Deno.test("resultsText() and resultsMarkdown() show rates as percentages and the gain with its sign", () => {
  const rows = compareRuns([run("a", "A", 0.5), run("d", "D", 0.75)]);
  const [, , first, second] = resultsText(rows).split("\n");
  assertEquals([first!.includes("50.0 %"), second!.includes("+25.0"), second!.includes("1 min 05 s")], [
    true,
    true,
    true,
  ]);
  assertEquals(resultsMarkdown("KWS", rows).split("\n").filter((l) => l.startsWith("| d |")).length, 1);
});

Deno.test("wording is as a person would write it", () => {
  assertEquals([0.0123, 9.96, 59.97, 3599.6, 7800].map(duration), [
    "12 ms",
    "10.0 s",
    "1 min 00 s",
    "1 h 00 min",
    "2 h 10 min",
  ]);
  assertEquals([3, 42, 200, 9000].map(roughDuration), [
    "a few seconds",
    "about 50 s",
    "about 4 min",
    "about 3 h",
  ]);
  assertEquals([999, 1234, 56_700_000].map(bytes), ["999 B", "1.2 kB", "57 MB"]);
  assertEquals([count(1, "task"), count(2240, "clip")], ["1 task", "2,240 clips"]);
  assertEquals([0.412345, 12345.6, 3].map(figure), ["0.4123", "12350", "3"]);
});
