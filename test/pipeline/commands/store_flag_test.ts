import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "../../../pipeline/engine/store/atomic_io.ts";
import { Project } from "../../support/project.ts";

/** What is typed, and what it ends with where nothing is. */
const commands: readonly (readonly [string, number])[] = [
  ["kws --dry-run", 0],
  ["status", 0],
  ["why train", 0],
  ["runs", 0],
  ["gc", 0],
  ["gc --delete", 2],
  ["verify --repair", 2],
];

Deno.test("commands make no store where they only look", async () => {
  await using project = new Project();
  const none = `${project.folder}/none`;
  for (const [command, code] of commands) {
    const result = await project.run(...command.split(" "), "--store", none);
    assertEquals(result.code, code, command);
    assert(/No store is in|no store is there/.test(result.stderr), result.stderr);
  }
  assertEquals(exists(none), false);
  const { code, stderr } = await project.run("kws", "--store", "");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--store wants a folder");
});

Deno.test("commands remove nothing from a folder that is no store, and write nothing to it", async () => {
  await using project = new Project();
  const own = `${project.folder}/own`;
  const file = `${own}/logs/experiment-00000000-1.log`;
  Deno.mkdirSync(`${own}/logs`, { recursive: true });
  Deno.writeTextFileSync(file, "years of work");
  Deno.utimeSync(file, 0, 0);
  for (const command of ["gc --delete --keep-days 0", "verify --repair", "kws"]) {
    const { code, stderr } = await project.run(...command.split(" "), "--store", own);
    assertEquals(code, 2, command);
    assertStringIncludes(stderr, "it holds logs and no format.json");
  }
  assertEquals(Deno.readTextFileSync(file), "years of work");
  assertEquals([...Deno.readDirSync(own)].length, 1);
});
