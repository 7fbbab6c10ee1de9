import { assertEquals, assertThrows } from "@std/assert";
import { moveTo, writeAtomically } from "../../../../pipeline/engine/store/atomic_io.ts";
import { clockAheadMs } from "../../../../pipeline/engine/store/stat_cache_io.ts";
import { tempDir } from "../../../support/temp_dir.ts";

Deno.test("moveTo() takes a rename whose answer was lost for done, and nothing else", async () => {
  await using dir = tempDir();
  const [from, to] = [`${dir.path}/from`, `${dir.path}/to`];
  assertThrows(() => moveTo(from, to), Deno.errors.NotFound);
  dir.write("from", "new");
  moveTo(from, to);
  moveTo(from, to); // the server is asked again
  assertEquals(dir.read("to"), "new");
  assertThrows(() => moveTo(from, `${dir.path}/absent/to`), Deno.errors.NotFound);
});

Deno.test("writeAtomically() leaves nothing behind when the name cannot be taken", async () => {
  await using dir = tempDir();
  Deno.mkdirSync(`${dir.path}/name/full`, { recursive: true });
  assertThrows(() => writeAtomically(`${dir.path}/name`, "x", { sync: false }));
  assertEquals([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["name"]);
});

Deno.test("clockAheadMs() finds this machine's own clock right and leaves no probe", async () => {
  await using dir = tempDir();
  assertEquals(Math.abs(clockAheadMs(dir.path)) < 1000, true);
  assertEquals([...Deno.readDirSync(dir.path)], []);
  assertEquals(clockAheadMs(`${dir.path}/absent`), 0);
});
