import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { openStore, type Store } from "../../../pipeline/engine/store/store_io.ts";
import { readTest } from "../../../pipeline/runs/evaluation_io.ts";
import { findRun } from "../../../pipeline/runs/find_io.ts";
import { openIndex } from "../../../pipeline/runs/index_io.ts";
import { commitFiles, commitRun } from "../../support/fake_runs.ts";
import { tempDir } from "../../support/temp_dir.ts";

async function testOf(store: Store, typed: string, condition = "clean") {
  using index = await openIndex(store);
  const run = findRun(store, index.database, typed, "compare");
  return await readTest(store, index.database, run, condition, "compare");
}

Deno.test("a run's test is found by its name, under each condition, and by another name it was tested under", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  await commitRun(store, { run: "linear-A", setting: "A", model: "linear", accuracy: 0.5, noisy: 0.2 });
  const alsoAs = { run: "again-D", accuracy: 0.4 };
  await commitRun(store, { run: "linear-D", setting: "D", model: "linear", accuracy: 0.7, alsoAs });
  const right = async (typed: string, condition?: string) => {
    const { predictions, metrics } = await testOf(store, typed, condition);
    const scores = predictions.examples.map(({ score }) => score).reduce((sum, score) => sum + score, 0);
    return [scores / 300, metrics.condition?.snrDb ?? null];
  };
  assertEquals(await right("linear-A"), [0.5, null]);
  assertEquals(await right("linear-A", "snr20"), [0.2, 20]);
  assertEquals(await right("linear-D"), [0.7, null]);
  const error = await assertRejects(() => right("linear-D", "snr20"), UserError);
  assertStringIncludes(error.message, "Cannot compare linear-D under snr20: it was tested under clean.");
});

Deno.test("predictions that were changed in the store are not compared", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  await commitRun(store, { run: "linear-A", setting: "A", model: "linear", accuracy: 0.5 });
  const { outputs } = store.lastReceipt("evaluate/linear-A")!;
  const path = store.objectPath(outputs["predictions.json"]!, "predictions.json");
  Deno.chmodSync(path, 0o644);
  Deno.writeTextFileSync(path, "{}");
  const error = await assertRejects(() => testOf(store, "linear-A"), UserError);
  assertEquals(error.reason, "store-damaged");
  assertStringIncludes(
    error.message,
    "Cannot compare linear-A: predictions.json of its test was changed or removed in the store (its bytes have the " +
      "digest 44136fa3) and no longer counts. The command that trained it makes it anew.",
  );
});

Deno.test("what makes a damaged test anew is the command whose table was made of it, the last of several", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  await commitRun(store, { run: "linear-A", setting: "A", model: "linear", accuracy: 0.5 });
  const { outputs } = store.lastReceipt("evaluate/linear-A")!;
  const { digest } = outputs["metrics.json"]!;
  const tables = [["kws", "deno task kws --quick"], ["sweep", "deno task sweep seed=0,1"], ["old", null]];
  for (const [name, command] of tables) {
    await commitFiles(store, `aggregate/${name}`, { command: command! }, { "metrics:linear-A": digest }, {
      "results.json": "{}",
    });
    (await openIndex(store))[Symbol.dispose]();
  }
  Deno.removeSync(store.objectPath(outputs["metrics.json"]!, "metrics.json"));
  await assertRejects(
    () => testOf(store, "linear-A"),
    UserError,
    "metrics.json of its test was changed or removed in the store (it is not there) and no longer counts. deno task " +
      "sweep seed=0,1 makes it anew.",
  );
});
