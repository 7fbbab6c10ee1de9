import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { partialName } from "../../../../pipeline/engine/store/layout.ts";
import { closeStaging, openStaging } from "../../../../pipeline/engine/store/staging_io.ts";
import { openStore } from "../../../../pipeline/engine/store/store_io.ts";
import { receiptFor, task } from "../../../support/tasks.ts";
import { tempDir } from "../../../support/temp_dir.ts";

const spec = task("a");
const blank = receiptFor(spec, {}, "");

function folders() {
  const dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  return { dir, store, root: store.root };
}

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

Deno.test("what an attempt leaves is the next one's, and a result leaves nothing", async () => {
  const { dir, store, root } = folders();
  await using _dir = dir;
  const first = openStaging(root, blank.key);
  Deno.writeTextFileSync(`${first.partialDir}/epoch`, "7");
  closeStaging(first);
  const second = openStaging(root, blank.key);
  assertEquals(Deno.readTextFileSync(`${second.partialDir}/epoch`), "7");
  Deno.writeTextFileSync(`${second.outDir}/out.txt`, "x");
  await store.commit({
    staging: second,
    receipt: { ...blank, outputs: await store.hashOutputs(second, spec.outputs, "a") },
  });
  closeStaging(second);
  assertEquals([namesIn(`${root}/staging`), namesIn(`${root}/partial`)], [[], []]);
});

Deno.test("an attempt that left nothing leaves no folder", async () => {
  const { dir, root } = folders();
  await using _dir = dir;
  closeStaging(openStaging(root, blank.key));
  assertEquals([namesIn(`${root}/staging`), namesIn(`${root}/partial`)], [[], []]);
});

Deno.test("who was taken over writes into nobody's folder and can commit no more", async () => {
  const { dir, store, root } = folders();
  await using _dir = dir;
  const first = openStaging(root, blank.key);
  Deno.writeTextFileSync(`${first.outDir}/out.txt`, "x");
  Deno.writeTextFileSync(`${first.partialDir}/epoch`, "3");
  using open = Deno.openSync(`${first.partialDir}/epoch`, { write: true, append: true });
  const outputs = await store.hashOutputs(first, spec.outputs, "a");

  const second = openStaging(root, blank.key);
  open.writeSync(new TextEncoder().encode("999"));
  assertThrows(() => Deno.writeTextFileSync(`${first.partialDir}/epoch`, "4"), Deno.errors.NotFound);
  assertThrows(() => Deno.writeTextFileSync(`${first.outDir}/more`, ""), Deno.errors.NotFound);
  await assertRejects(() => store.commit({ staging: first, receipt: { ...blank, outputs } }));
  closeStaging(first);
  assertEquals(Deno.readTextFileSync(`${second.partialDir}/epoch`), "3");
  assertEquals(namesIn(second.outDir), []);
  assertEquals(await store.cache.lookup(blank.key), undefined);
  closeStaging(second);
});

Deno.test("who is taken over between its objects and its receipt leaves no receipt", async () => {
  const { dir, store, root } = folders();
  await using _dir = dir;
  const first = openStaging(root, blank.key);
  Deno.writeTextFileSync(`${first.outDir}/out.txt`, "x");
  const outputs = await store.hashOutputs(first, spec.outputs, "a");
  const committing = store.commit({ staging: first, receipt: { ...blank, outputs } });
  const second = openStaging(root, blank.key); // a commit waits for the hash of what may be there already
  await assertRejects(() => committing);
  assertEquals(await store.cache.lookup(blank.key), undefined);
  closeStaging(second);
});

Deno.test("what a killed attempt left is taken over, odd things beside it are not", async () => {
  const { dir, root } = folders();
  await using _dir = dir;
  const killed = openStaging(root, blank.key);
  Deno.writeTextFileSync(`${killed.partialDir}/epoch`, "5");
  Deno.symlinkSync("/etc/passwd", `${killed.partialDir}/link`);
  Deno.symlinkSync("/etc", `${root}/${partialName(blank.key)}/etc`);
  const next = openStaging(root, blank.key);
  assertEquals(namesIn(next.partialDir), ["epoch"]);
  assertEquals(namesIn(`${root}/${partialName(blank.key)}`).length, 1);
  assertEquals(namesIn(`${root}/staging`).length, 1);
});
