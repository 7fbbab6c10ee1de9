import { assert, assertEquals, assertRejects } from "@std/assert";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { receiptName } from "../../../pipeline/engine/store/layout.ts";
import { openStore, type Store } from "../../../pipeline/engine/store/store_io.ts";
import type { TaskKey } from "../../../pipeline/engine/types.ts";
import { openIndex } from "../../../pipeline/runs/index_io.ts";
import { runFigures } from "../../../pipeline/runs/figures.ts";
import { parseCondition } from "../../../pipeline/runs/query.ts";
import { fieldNames, type FoundRun, searchRuns } from "../../../pipeline/runs/search.ts";
import { compareFields, comparisonText, runJson, runsCsv, runsTable } from "../../../pipeline/runs/view.ts";
import { commitRun } from "../../support/fake_runs.ts";
import { tempDir } from "../../support/temp_dir.ts";

/** All runs that meet the conditions, everything about each. */
async function found(store: Store, conditions: readonly string[] = [], sort?: string, reverse = false) {
  using index = await openIndex(store);
  return searchRuns(index.database, { conditions: conditions.map(parseCondition), sort, reverse });
}

function names(runs: readonly FoundRun[]): string[] {
  return runs.map(({ run }) => run);
}

async function threeRuns(path: string): Promise<Store> {
  const store = openStore(`${path}/store`);
  await commitRun(store, { run: "linear-A", setting: "A", model: "linear", accuracy: 0.5 });
  await commitRun(store, { run: "linear-D", setting: "D", model: "linear", accuracy: 0.25 });
  await commitRun(store, {
    run: "res-D",
    setting: "D",
    model: "bc_resnet",
    accuracy: 0.75,
    startedAt: "2026-02-01T00:00:00.000Z",
  });
  return store;
}

Deno.test("the index holds a run's configuration, recordings, curves and figures", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  const [run] = await found(store, ["run=linear-D"]);
  const { about, config, metrics } = runJson(run!);
  assertEquals([about["setting"], about["id"], about["host"]], ["D", run!.key.slice(0, 8), "test"]);
  assertEquals(config["frontend.n_mels"], 40);
  assertEquals(config["frontend.mask"], null);
  assertEquals(config["model"], "linear");
  assertEquals(config["optim.model.lr"], 0.001);
  assertEquals([config["dataset"], config["dataset.silence"]], ["toys", 1]);
  assertEquals(config["dataset.targets"], ["yes", "no"]);
  assertEquals(metrics, {
    accuracy: 0.25,
    cross_entropy: 0.5,
    epoch: 2,
    f1_macro: 0.125,
    "last.accuracy": 0.25 / 3,
    "last.cross_entropy": 0.5,
    "last.epoch": 20,
    "last.f1_macro": 0.125,
    left_out: 0,
    steps: 20,
    tested: 300,
    trained_epochs: 2,
    trained_parameters: 48492,
    training_accuracy: 0.25,
    training_loss: 0.5,
    validation_accuracy: 0.5,
    validation_loss: 1,
  });
});

const searches: readonly (readonly [string[], string | undefined, boolean, string[]])[] = [
  // conditions, sort, reverse, runs in order
  [[], undefined, false, ["res-D", "linear-A", "linear-D"]],
  [[], undefined, true, ["linear-A", "linear-D", "res-D"]],
  [["model=linear"], "accuracy", false, ["linear-A", "linear-D"]],
  [["accuracy>0.3"], "accuracy", true, ["linear-A", "res-D"]],
  [["accuracy<=0.5", "setting!=A"], undefined, false, ["linear-D"]],
  [["run~D"], "model", false, ["res-D", "linear-D"]],
  [["started_at>2026-01-15"], undefined, false, ["res-D"]],
  [["accuracy>9"], undefined, false, []],
  [["run=' OR 1=1 --"], undefined, false, []],
];
Deno.test("runs are filtered and sorted", async (t) => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  for (const [conditions, sort, reverse, wanted] of searches) {
    await t.step(`${conditions.join(" ")} ${sort ?? ""} ${reverse}`, async () => {
      assertEquals(names(await found(store, conditions, sort, reverse)), wanted);
    });
  }
  await assertRejects(() => found(store, ["colour=red"]), UserError, 'Cannot find "colour"');
  await assertRejects(
    () => found(store, ["accuracy>banana"]),
    UserError,
    'Cannot understand the condition "accuracy>banana": accuracy is a number, wanted accuracy>NUMBER',
  );
});

Deno.test("a list of examples that were left out is a difference: its content, and how many it names", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const values = { setting: "A", model: "linear", accuracy: 0.5 } as const;
  const excluded = { train: 3, test: 1 };
  await commitRun(store, { run: "linear-A", ...values });
  await commitRun(store, { run: "linear-A-exclude", ...values, excluded });
  const [all, fewer] = await found(store, [], "run");
  assertEquals(compareFields(all!, fewer!).config, [
    { name: "dataset.exclude", a: null, b: `list ${sha256(JSON.stringify(excluded)).slice(0, 8)}` },
    { name: "dataset.excluded_examples", a: null, b: 4 },
  ]);
  assertEquals(names(await found(store, ["excluded_examples=4"])), ["linear-A-exclude"]);
});

Deno.test("a list that leaves nothing out of training is told by the test's index", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const values = { setting: "A", model: "linear", accuracy: 0.5 } as const;
  await commitRun(store, { run: "plain", ...values });
  const excluded = { train: 0, test: 2 };
  // As its slice says that there was a list, it is a training of its own.
  await commitRun(store, { run: "without", ...values, excluded, epochs: 21 });
  const runs = new Map((await found(store)).map(({ run, fields }) => [run, fields]));
  assertEquals(runs.get("without")!.get("dataset.excluded_examples")!.value, 2);
  assertEquals(runs.get("plain")!.get("dataset.exclude"), undefined);
});

Deno.test("the index follows the receipts, and made again it is the same", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  assertEquals((await found(store)).length, 3);
  const key = await commitRun(store, {
    run: "late-B",
    setting: "B",
    model: "linear",
    accuracy: 1,
    epochs: 3,
  });
  assertEquals(names(await found(store, ["setting=B"])), ["late-B"]);
  const before = await found(store);
  using again = await openIndex(store, { rebuild: true });
  assert(again.added > 0);
  assertEquals(searchRuns(again.database, { conditions: [] }), before);

  Deno.removeSync(`${store.root}/${receiptName(key)}`);
  assertEquals(names(await found(store)), ["res-D", "linear-A", "linear-D"]);
});

Deno.test("a second opening reads no receipt", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  await found(store);
  using index = await openIndex(store);
  assertEquals([index.added, index.removed], [0, 0]);
});

Deno.test("an index that is damaged, of another version or unwritable is made again", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  const path = `${store.root}/runs.sqlite`;
  const wanted = await found(store);
  Deno.writeTextFileSync(path, "This is not a database, it only stands in its place.".repeat(100));
  assertEquals(await found(store), wanted);
  {
    using index = await openIndex(store);
    index.database.exec("PRAGMA user_version = 999; DROP TABLE fields");
  }
  assertEquals(await found(store), wanted);
  Deno.removeSync(path);
  Deno.mkdirSync(path); // nobody can write a database there
  assertEquals(await found(store), wanted);
});

Deno.test("many processes open the index at once", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  const script = new URL("../../support/open_index.ts", import.meta.url).pathname;
  const outputs = await Promise.all(
    Array.from(
      { length: 6 },
      () => new Deno.Command(Deno.execPath(), { args: ["run", "--allow-all", script, store.root] }).output(),
    ),
  );
  for (const { code, stdout, stderr } of outputs) {
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assertEquals(JSON.parse(new TextDecoder().decode(stdout)), ["res-D", "linear-A", "linear-D"]);
  }
});

Deno.test("two runs are compared: what was set differently, and all figures with their difference", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  const [a] = await found(store, ["run=linear-A"]);
  const [b] = await found(store, ["run=res-D"]);
  const { config, metrics } = compareFields(a!, b!);
  assertEquals(config.map(({ name }) => name), [
    "frontend.trained",
    "model",
  ]);
  assertEquals(metrics.find(({ name }) => name === "accuracy"), { name: "accuracy", a: 0.5, b: 0.75 });
  const lines = comparisonText(a!, b!, (await runFigures()).columns).split("\n");
  assertEquals(lines.find((line) => line.startsWith("accuracy"))!.split(/\s{2,}/), [
    "accuracy",
    "50.0 %",
    "75.0 %",
    "+25.0",
  ]);
});

Deno.test("runs that differ in nothing but their steps are told apart, and found by them", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const alike = { setting: "A", model: "linear", accuracy: 0.5 } as const;
  await commitRun(store, { ...alike, run: "plain", moreSteps: ["first"] });
  await commitRun(store, { ...alike, run: "other", moreSteps: ["second"] });
  await commitRun(store, { ...alike, run: "longer", moreSteps: ["first", "second"] });
  const of = async (run: string) => (await found(store, [`run=${run}`]))[0]!;
  const [plain, other, longer] = [await of("plain"), await of("other"), await of("longer")];
  const steps = (a: string, b: string) => [{ name: "frontend.steps", a, b }];
  assertEquals(compareFields(plain, other).config, steps("mel > first", "mel > second"));
  assertEquals(compareFields(plain, longer).config, steps("mel > first", "mel > first > second"));
  const text = comparisonText(plain, longer, (await runFigures()).columns);
  assert(/^frontend\.steps +mel > first +mel > first > second$/m.test(text), text);
  assertEquals(names(await found(store, ["frontend.steps~second"], "run")), ["longer", "other"]);
  assertEquals(names(await found(store, ["frontend.steps=mel > first"])), ["plain"]);
});

Deno.test("a training has the figures of its own states, though a longer one has the same best", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const shared = { setting: "A", model: "linear", best: "best of both" } as const;
  // Under one name, as where the usual number of epochs was raised.
  await commitRun(store, { ...shared, run: "linear-A", accuracy: 0.25, epochs: 10 });
  await commitRun(store, { ...shared, run: "linear-A", accuracy: 0.75, epochs: 20 });
  const runs = await found(store, [], "accuracy");
  const figures = runs.map((
    { run, fields },
  ) => [run, fields.get("accuracy")?.value, fields.get("last.epoch")?.value]);
  assertEquals(figures, [["linear-A", 0.75, 20], ["linear-A", 0.25, 10]]);
});

Deno.test("a training that ended early says so in the table, and what is not reproducible", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const about = { setting: "A", model: "linear", accuracy: 0.5 } as const;
  await commitRun(store, {
    ...about,
    run: "patient",
    epochs: 21,
    stopped: { by: "patience", wantedEpochs: 20 },
  });
  await commitRun(store, {
    ...about,
    run: "timed",
    epochs: 22,
    stopped: { by: "minutes", wantedEpochs: 20 },
  });
  await commitRun(store, { ...about, run: "whole" });
  const runs = await found(store, [], "run");
  const { columns, shown } = await runFigures();
  const [titles] = runsTable(runs, shown, columns).split("\n");
  assertEquals(titles!.trim().split(/ {2,}/).slice(0, 4), ["id", "run", "epochs", "stopped"]);
  const told = Object.fromEntries(runs.map(({ run, fields }) => [run, fields.get("stopped")?.value]));
  assertEquals(told, {
    patient: "epoch 2: patience",
    timed: "epoch 2: minutes (not reproducible)",
    whole: undefined,
  });
});

Deno.test("tables leave out columns that no run has; CSV has every field of every run", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  const runs = await found(store);
  const { columns, shown } = await runFigures();
  assertEquals(runsTable(runs, ["run", "accuracy", "nothing"], columns).split("\n").slice(0, 3), [
    "run       accuracy",
    "--------  --------",
    "res-D       75.0 %",
  ]);
  const [titles] = runsTable(runs, shown, columns).split("\n");
  assertEquals(titles!.trim().split(/ {2,}/), [
    ...["id", "run", "epochs", "accuracy", "macro F1", "training", "started (UTC)"],
  ]);
  const [head, ...rows] = runsCsv(runs);
  assertEquals(head!.split(",").slice(0, 2), ["deno", "host"]);
  assert(head!.includes("f1_macro") && head!.includes("optim.model.lr"), head);
  assertEquals(rows.length, 3);
});

/** Writes other bytes of the same length into a stored file. */
function edit(store: Store, task: string, name: string, from: string, to: string): void {
  const path = store.objectPath(store.lastReceipt(task)!.outputs[name]!, name);
  const text = Deno.readTextFileSync(path);
  assert(text.includes(from) && from.length === to.length, text);
  Deno.chmodSync(path, 0o644);
  Deno.writeTextFileSync(path, text.replace(from, to));
}

Deno.test("figures that were edited in the store are left out, whether or not the index knew them", async (t) => {
  for (const known of [true, false]) {
    await t.step(known ? "known" : "new", async () => {
      await using dir = tempDir();
      const store = await threeRuns(dir.path);
      if (known) await found(store);
      edit(store, "evaluate/linear-D", "metrics.json", '"value": 0.25', '"value": 0.95');
      edit(store, "evaluate/linear-D", "metrics.json", " 0.25,", " 0.95,");
      for (let opened = 0; opened < 2; opened++) {
        const [run, ...others] = (await found(store, [], "run")).toReversed().slice(1);
        const { about, metrics } = runJson(run!);
        assertEquals([run!.run, about["damaged"]], ["linear-D", "metrics.json"]);
        assertEquals([metrics["accuracy"], metrics["training_loss"]], [undefined, 0.25 * 2]);
        assertEquals(others.map(({ fields }) => fields.has("damaged")), [false]);
      }
    });
  }
});

Deno.test("figures that are made anew are back", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  const wanted = await found(store);
  edit(store, "evaluate/linear-D", "metrics.json", " 0.25,", " 0.95,");
  edit(store, "train/res-D", "history.json", " 20,", " 30,"); // one file, as the three have the same curves
  const damaged = (await found(store)).map(({ fields }) => fields.get("damaged")?.value);
  assertEquals(damaged, ["history.json", "history.json", "history.json, metrics.json"]);
  await threeRuns(dir.path);
  assertEquals(await found(store), wanted);
});

Deno.test("a receipt that is replaced takes the place of what it said", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  const [before] = await found(store, ["run=linear-A"]);
  const path = `${store.root}/${receiptName(before!.key as TaskKey)}`;
  const text = Deno.readTextFileSync(path).replace('"host": "test"', '"host": "other"');
  Deno.removeSync(path);
  Deno.writeTextFileSync(path, text);
  const [after] = await found(store, ["run=linear-A"]);
  assertEquals([before!, after!].map(({ fields }) => fields.get("host")?.value), ["test", "other"]);
});

Deno.test("a condition that a run was tested under is figures of the run, and columns of the table", async () => {
  await using dir = tempDir();
  const store = await threeRuns(dir.path);
  const told = { run: "noisy", setting: "D", model: "linear", epochs: 30 } as const;
  await commitRun(store, { ...told, accuracy: 0.625, noisy: 0.375 });
  const runs = await found(store, ["model=linear"], "snr20.accuracy");
  assertEquals(names(runs), ["noisy", "linear-A", "linear-D"]);
  assertEquals(names(await found(store, ["snr20.accuracy>0.3"])), ["noisy"]);
  const { metrics } = runJson(runs[0]!);
  assertEquals([metrics["accuracy"], metrics["snr20.accuracy"]], [0.625, 0.375]);
  using index = await openIndex(store);
  const { shown, columns } = await runFigures(fieldNames(index.database));
  const [titles, , noisy, plain] = runsTable(runs, shown, columns).split("\n");
  assertEquals(titles!.match(/accuracy \S+/g), ["accuracy snr20"]);
  assertEquals([noisy!.includes("37.5 %"), plain!.includes(" - ")], [true, true]);
});
