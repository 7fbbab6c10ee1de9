import { assertEquals } from "@std/assert";
import { openStore } from "../../../pipeline/engine/store/store_io.ts";
import { knownDataPaths, noteDataPaths } from "../../../pipeline/runs/data_paths_io.ts";
import { tempDir } from "../../support/temp_dir.ts";

const EXAMPLES = "0".repeat(64);
const NOWHERE = { there: {}, gone: {} };

Deno.test("where a data set was read is known as long as it is there, of the last time", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  assertEquals(knownDataPaths(store, EXAMPLES), NOWHERE);
  const list = dir.write("bad.txt", "");
  noteDataPaths(store, EXAMPLES, { root: `${dir.path}/gone`, exclude: list });
  assertEquals(knownDataPaths(store, EXAMPLES), {
    there: { exclude: list },
    gone: { root: `${dir.path}/gone` },
  });
  noteDataPaths(store, EXAMPLES, { root: dir.path });
  assertEquals(knownDataPaths(openStore(store.root), EXAMPLES), { there: { root: dir.path }, gone: {} });
  assertEquals(knownDataPaths(store, "1".repeat(64)), NOWHERE);
});

Deno.test("a note of where a data set is that cannot be read or written is none", async () => {
  await using dir = tempDir();
  const warnings: string[] = [];
  const store = openStore(`${dir.path}/store`, { onWarning: (text) => warnings.push(text) });
  Deno.writeTextFileSync(store.folder("data-paths"), "not a folder");
  noteDataPaths(store, EXAMPLES, { root: dir.path });
  assertEquals([warnings.length, knownDataPaths(store, EXAMPLES)], [1, NOWHERE]);
  Deno.removeSync(store.folder("data-paths"));
  Deno.mkdirSync(store.folder("data-paths"));
  Deno.writeTextFileSync(`${store.folder("data-paths")}/${EXAMPLES}.json`, '{"root": 3');
  assertEquals(knownDataPaths(store, EXAMPLES), NOWHERE);
});
