/** Whatever a run was called by any command leads to it, and what several are called is refused with their names. */
import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { openStore, type Store } from "../../../pipeline/engine/store/store_io.ts";
import type { TaskKey } from "../../../pipeline/engine/types.ts";
import { checkTwo, findRun, findRuns, keyOfId, shownRuns } from "../../../pipeline/runs/find_io.ts";
import { openIndex } from "../../../pipeline/runs/index_io.ts";
import { searchRuns } from "../../../pipeline/runs/search.ts";
import { commitRun } from "../../support/fake_runs.ts";
import { tempDir } from "../../support/temp_dir.ts";

async function threeRuns(path: string) {
  const store = openStore(`${path}/store`);
  const a = await commitRun(store, { run: "linear-A", setting: "A", model: "linear", accuracy: 0.5 });
  const old = await commitRun(store, {
    run: "linear-D",
    setting: "D",
    model: "linear",
    accuracy: 0.25,
    epochs: 2,
  });
  const startedAt = "2026-02-01T00:00:00.000Z";
  const d = await commitRun(store, {
    run: "linear-D",
    setting: "D",
    model: "linear",
    accuracy: 0.5,
    startedAt,
  });
  store.markLast("train/linear-A-backend=wasm", a); // found done under another name
  return { store, a, old, d };
}

async function namesOf(store: Store, ...words: string[]): Promise<string[][]> {
  using index = await openIndex(store);
  return words.map((word) => findRuns(store, index.database, word).map(({ run }) => run).sort());
}

Deno.test("a run is found by all of its names, as a task, by id, by pattern and by a part of its name", async () => {
  await using dir = tempDir();
  const { store, a, old, d } = await threeRuns(dir.path);
  using index = await openIndex(store);
  const keyOf = (word: string) => findRuns(store, index.database, word).map(({ key }) => key);
  for (
    const word of [
      "linear-A",
      "train/linear-A",
      "evaluate/linear-A",
      "linear-A-backend=wasm",
      "*-A",
      "r-A",
      a,
    ]
  ) {
    assertEquals(keyOf(word), [a], word);
  }
  assertEquals(keyOf(a.slice(0, 8)), [a]);
  assertEquals(keyOf("linear-D"), [d], "the last that was shown so");
  assertEquals(keyOf(old.slice(0, 16)), [old]);
  assertEquals(await namesOf(store, "linear", "l*", "nothing"), [
    ["linear-A", "linear-D"],
    ["linear-A", "linear-D"],
    [],
  ]);
});

Deno.test("a name means what was last shown so, also if that was trained before", async () => {
  await using dir = tempDir();
  const { store, old } = await threeRuns(dir.path);
  store.markLast("train/linear-D", old);
  using index = await openIndex(store);
  assertEquals(findRun(store, index.database, "linear-D", "export").key, old);
});

Deno.test("an id of a task that reads a run's checkpoint leads to the run, and any id to its task", async () => {
  await using dir = tempDir();
  const { store, a } = await threeRuns(dir.path);
  const evaluation = store.lastReceipt("evaluate/linear-A")!.key;
  using index = await openIndex(store);
  assertEquals(findRun(store, index.database, evaluation.slice(0, 16), "export").key, a);
  assertEquals(keyOfId(index.database, evaluation.slice(0, 16)), evaluation);
  assertEquals(keyOfId(index.database, "linear-A"), undefined);
});

Deno.test("what means several runs is refused with their names and ids, what means none with the nearest", async () => {
  await using dir = tempDir();
  const { store, a, d } = await threeRuns(dir.path);
  using index = await openIndex(store);
  const refused = (word: string, sentence: string) =>
    assertThrows(() => findRun(store, index.database, word, "export"), UserError, sentence);
  refused(
    "linear",
    `Cannot export linear: it means 2 runs, wanted one: linear-A (${a.slice(0, 8)}), linear-D (${
      d.slice(0, 8)
    }).`,
  );
  refused(
    "linaer-A",
    'Cannot export linaer-A: found no such run, wanted a run\'s id or name, as deno task runs shows them. Did you mean "linear-A"?',
  );
  for (const nothing of ["", " "]) {
    refused(nothing, "Cannot export a run without a name: found an empty word");
  }
  assertEquals(findRuns(store, index.database, ""), []);
  const empty = openStore(`${dir.path}/empty`);
  using none = await openIndex(empty);
  assertThrows(() => findRun(empty, none.database, "a", "export"), UserError, "no training is in the store");
});

Deno.test("a name has the figures of its own evaluation, where a training was evaluated in two ways", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const key = await commitRun(store, {
    run: "asr-A",
    setting: "A",
    model: "linear",
    accuracy: 0.5,
    alsoAs: { run: "asr-A-decoder=beam", accuracy: 0.75 },
  });
  store.markLast("train/asr-A-decoder=beam", key);
  store.markLast("train/asr-A-again", key);
  using index = await openIndex(store);
  const shown = (word: string) =>
    searchRuns(index.database, {
      conditions: [],
      sort: "accuracy",
      runs: shownRuns(index.database, findRuns(store, index.database, word), word),
    }).map(({ run, fields }) => [run, fields.get("accuracy")!.value]);
  assertEquals(shown("asr-A"), [["asr-A", 0.5]]);
  assertEquals(shown("train/asr-A-decoder=beam"), [["asr-A-decoder=beam", 0.75]]);
  assertEquals(shown("asr-A-again"), [["asr-A", 0.5]]);
  assertEquals(shown(key.slice(0, 8)), [["asr-A-decoder=beam", 0.75], ["asr-A", 0.5]]);
  assertEquals(shown("beam"), shown(key.slice(0, 8)));
});

Deno.test("a run that differs from another in how it was evaluated alone is found by its own name", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const key = await commitRun(store, {
    run: "linear-A",
    setting: "A",
    model: "linear",
    accuracy: 0.5,
    alsoAs: { run: "linear-A-test=last", accuracy: 0.75 },
  });
  using index = await openIndex(store);
  assertEquals(findRun(store, index.database, "linear-A-test=last", "compare"), {
    key,
    run: "linear-A-test=last",
  });
  assertEquals(findRun(store, index.database, "linear-A", "compare"), { key, run: "linear-A" });
});

Deno.test("a run is not compared with itself, but with another name of its training", () => {
  const [key, other] = ["0123456789".repeat(6) as TaskKey, "9876543210".repeat(6) as TaskKey];
  const a = { run: "linear-A", key };
  checkTwo(a, { run: "linear-A-test=last", key });
  checkTwo(a, { run: "linear-A", key: other });
  assertThrows(
    () => checkTwo(a, { ...a }),
    UserError,
    "Cannot compare linear-A (01234567) with itself: both words mean this one run, wanted two of those that deno task " +
      "runs shows.",
  );
});
