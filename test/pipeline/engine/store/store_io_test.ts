import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import { manifestName, objectName } from "../../../../pipeline/engine/store/layout.ts";
import { openStore, type Store } from "../../../../pipeline/engine/store/store_io.ts";
import { ENGINE_FORMAT, type Receipt, type TaskSpec } from "../../../../pipeline/engine/types.ts";
import { verifyStore } from "../../../../pipeline/engine/store/verify_io.ts";
import { receiptFor, task } from "../../../support/tasks.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

function storeIn(dir: TempDir): { store: Store; warnings: string[] } {
  const warnings: string[] = [];
  return {
    store: openStore(`${dir.path}/store`, { onWarning: (message) => warnings.push(message) }),
    warnings,
  };
}

/** Commits what `write` leaves in the staging folder, as an attempt would. */
async function commit(store: Store, spec: TaskSpec, write: (outDir: string) => void) {
  const blank = receiptFor(spec, {}, "");
  const staging = store.openStaging(blank.key);
  write(staging.outDir);
  try {
    const outputs = await store.hashOutputs(staging, spec.outputs, spec.name);
    return await store.commit({ staging, receipt: { ...blank, outputs } });
  } finally {
    store.closeStaging(staging);
  }
}

const text = (content: string) => (outDir: string) => Deno.writeTextFileSync(`${outDir}/out.txt`, content);
const pathOf = (store: Store, receipt: Receipt, name = "out.txt") =>
  store.objectPath(receipt.outputs[name]!, name);

Deno.test("commit() makes files and folders visible, read-only, under their digests", async () => {
  await using dir = tempDir();
  const { store } = storeIn(dir);
  const spec = task("index", {}, { outputs: ["table.json", "audio"] });
  const { receipt, drift } = await commit(store, spec, (outDir) => {
    Deno.writeTextFileSync(`${outDir}/table.json`, "{}");
    Deno.mkdirSync(`${outDir}/audio/deep`, { recursive: true });
    Deno.writeTextFileSync(`${outDir}/audio/deep/a.wav`, "a");
  });
  assertEquals(drift, false);
  const table = pathOf(store, receipt, "table.json");
  const audio = pathOf(store, receipt, "audio");
  assertEquals(/\/objects\/([0-9a-f]{2})\/\1[0-9a-f]{62}\.json$/.test(table), true, table);
  assertEquals(/\/objects\/([0-9a-f]{2})\/\1[0-9a-f]{62}\.tree$/.test(audio), true, audio);
  assertEquals(Deno.readTextFileSync(`${audio}/deep/a.wav`), "a");
  for (
    const [path, mode] of [[table, 0o444], [audio, 0o555], [`${audio}/deep`, 0o555], [
      `${audio}/deep/a.wav`,
      0o444,
    ]] as const
  ) {
    assertEquals(Deno.statSync(path).mode! & 0o777, mode);
  }
  assertEquals(store.local.receipt(receipt.key), receipt);
  assertEquals(store.lastReceipt("index"), receipt);
  assertEquals([...Deno.readDirSync(`${store.root}/staging`)], []);
});

const refused: readonly (readonly [string, readonly string[], (outDir: string) => void, string])[] = [
  ["an output is missing", ["out.txt", "b.txt"], text("a"), "without writing b.txt"],
  ["something undeclared was written", [], text("a"), "wrote out.txt, which it does not declare"],
  [
    "an output is a link",
    ["out.txt"],
    (outDir) => Deno.symlinkSync("/etc/passwd", `${outDir}/out.txt`),
    "neither a file nor a folder",
  ],
];
for (const [name, outputs, write, message] of refused) {
  Deno.test(`hashOutputs() refuses when ${name}`, async () => {
    await using dir = tempDir();
    const { store } = storeIn(dir);
    await assertRejects(() => commit(store, task("a", {}, { outputs }), write), Error, message);
    assertEquals([...store.receipts()], []);
  });
}

Deno.test("commit() keeps the first result and records drift when a rerun gives other bytes", async () => {
  await using dir = tempDir();
  const { store } = storeIn(dir);
  const { receipt } = await commit(store, task("a"), text("first"));
  const again = await commit(store, task("a"), text("second"));
  assertEquals(again, { receipt, drift: true });
  assertEquals(Deno.readTextFileSync(pathOf(store, receipt)), "first");
  const [drift, ...others] = [...store.drifts()];
  assertEquals(others, []);
  assertEquals(drift!.recorded, receipt.outputs);
  assertEquals(drift!.found["out.txt"]!.bytes, 6);
});

Deno.test("commit() replaces a damaged object when the right bytes come again", async () => {
  await using dir = tempDir();
  const { store } = storeIn(dir);
  const { receipt } = await commit(store, task("a"), text("right"));
  const path = pathOf(store, receipt);
  overwrite(path, "WRONG");
  assertEquals((await commit(store, task("a"), text("right"))).drift, false);
  assertEquals(Deno.readTextFileSync(path), "right");
});

function overwrite(path: string, content: string): void {
  Deno.chmodSync(path, 0o644);
  Deno.writeTextFileSync(path, content);
}

const damage: readonly (readonly [string, (store: Store, receipt: Receipt) => void, string])[] = [
  ["an object is gone", (store, receipt) => Deno.removeSync(pathOf(store, receipt)), "is missing"],
  ["an object is cut off", (store, receipt) => overwrite(pathOf(store, receipt), ""), "another size"],
  [
    "a receipt is cut off",
    (store, receipt) => halve(receiptPath(store, receipt)),
    "it was cut off or changed",
  ],
  ["a receipt is empty", (store, receipt) => overwrite(receiptPath(store, receipt), ""), "it is empty"],
  [
    "a receipt is another record",
    (store, receipt) => overwrite(receiptPath(store, receipt), "[]"),
    "no receipt",
  ],
  [
    "a receipt is of another format",
    (store, receipt) => edit(store, receipt, `"format": ${ENGINE_FORMAT}`, '"format": 99'),
    "format 99",
  ],
  [
    "a receipt was edited",
    (store, receipt) => edit(store, receipt, '"stage": "a"', '"stage": "b"'),
    "does not follow",
  ],
  [
    "the list of its code was edited",
    (store, { fingerprint }) => overwrite(`${store.root}/${manifestName(fingerprint.code.digest)}`, "{}"),
    "the list of its code, ",
  ],
  [
    "the list of its code is empty",
    (store, { fingerprint }) => overwrite(`${store.root}/${manifestName(fingerprint.code.digest)}`, ""),
    "is empty",
  ],
  [
    "the list of its code is gone",
    (store, { fingerprint }) => Deno.removeSync(`${store.root}/${manifestName(fingerprint.code.digest)}`),
    "is not there",
  ],
];
for (const [name, harm, message] of damage) {
  Deno.test(`receipt() is a warning and a miss when ${name}, and the next commit mends it`, async () => {
    await using dir = tempDir();
    const { store, warnings } = storeIn(dir);
    const { receipt } = await commit(store, task("a"), text("x"));
    harm(store, receipt);
    assertEquals(store.local.receipt(receipt.key), undefined);
    assertEquals(store.local.receipt(receipt.key), undefined, "and it is said once");
    assertEquals(warnings.length === 1 && warnings[0]!.includes(message), true, `${warnings}`);
    await commit(store, task("a"), text("x"));
    assertEquals(store.local.receipt(receipt.key), receipt);
    assertEquals(Deno.readTextFileSync(pathOf(store, receipt)), "x");
  });
}

function receiptPath(store: Store, receipt: Receipt): string {
  return `${store.root}/receipts/${receipt.key.slice(0, 2)}/${receipt.key}.json`;
}

function halve(path: string): void {
  const whole = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, whole.slice(0, whole.length / 2));
}

function edit(store: Store, receipt: Receipt, from: string, to: string): void {
  const path = receiptPath(store, receipt);
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(from, to));
}

Deno.test("verifyStore() finds a changed object, and repair drops it with the receipts that need it", async () => {
  await using dir = tempDir();
  const { store } = storeIn(dir);
  const { receipt: bad } = await commit(store, task("a"), text("same length"));
  const { receipt: good } = await commit(store, task("b"), text("good"));
  const tree = task("c", {}, { outputs: ["audio"] });
  const { receipt: badTree } = await commit(store, tree, (outDir) => {
    Deno.mkdirSync(`${outDir}/audio`);
    Deno.writeTextFileSync(`${outDir}/audio/a.wav`, "a");
  });
  assertEquals((await verifyStore(store, { repair: false })).problems, []);
  overwrite(pathOf(store, bad), "SAME LENGTH");
  overwrite(`${pathOf(store, badTree, "audio")}/a.wav`, "b");

  const report = await verifyStore(store, { repair: false });
  assertEquals(report.objects, 3);
  assertEquals(report.problems.flatMap((problem) => problem.tasks).sort(), ["a", "c"]);
  assertEquals(report.removed, []);

  const repaired = await verifyStore(store, { repair: true });
  assertEquals(repaired.removed.length, 4);
  assertEquals([...store.receipts()], [good]);
  assertEquals((await verifyStore(store, { repair: false })).problems, []);
});

const formats: readonly (readonly [string, string, string])[] = [
  [
    "newer",
    '{"format": 99}',
    `format 99, which is newer than this program's ${ENGINE_FORMAT}: use the program that wrote it`,
  ],
  [
    "older",
    '{"format": 1}',
    `format 1, which is older than this program's ${ENGINE_FORMAT}: move it away or remove it`,
  ],
  ["unreadable", "xyz", "Cannot read the store's format"],
];
for (const [name, content, message] of formats) {
  Deno.test(`openStore() says so in one sentence when the format is ${name}`, async () => {
    await using dir = tempDir();
    dir.write("store/format.json", content);
    assertThrows(() => openStore(`${dir.path}/store`), UserError, message);
  });
}

Deno.test("openLog() counts the attempts under a key", async () => {
  await using dir = tempDir();
  const { store } = storeIn(dir);
  const { key } = receiptFor(task("train/a"), {}, "");
  const logs = [1, 2, 3].map(() => store.openLog("train/a", key));
  assertEquals(logs.map((log) => log.attempt), [1, 2, 3]);
  assertEquals(logs[1]!.name, `logs/train%2Fa-${key.slice(0, 8)}-2.log`);
  for (const log of logs) log.close();
});

Deno.test("objectName() takes the extension of the output's name", () => {
  const output = receiptFor(task("a"), {}, "x").outputs["out.txt"]!;
  const extensions = ["best.safetensors", "a.tar.gz", "plain", ".hidden"].map((name) =>
    objectName(output, name).slice(75)
  );
  assertEquals(extensions, [".safetensors", ".gz", "", ""]);
});
