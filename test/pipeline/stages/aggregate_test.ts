import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Json } from "../../../lib/base/json.ts";
import { toFile } from "../../../lib/base/record.ts";
import { type Condition, conditionKey, conditionSchema } from "../../../lib/records/condition.ts";
import { type History, historyText } from "../../../lib/records/history.ts";
import { metricsText } from "../../../lib/records/metrics.ts";
import { type MissingRun, parseResults } from "../../../lib/records/results.ts";
import { stage } from "../../../pipeline/stages/aggregate.ts";
import type { EvaluatedRun } from "../../../pipeline/report/statistics/comparison.ts";
import { predictionsText } from "../../../lib/records/predictions.ts";
import { keywordRun, predictionsOf } from "../../support/evaluated_runs.ts";
import type { InputOrigin, TaskKey } from "../../../pipeline/engine/types.ts";
import { writeIndex } from "./tiny.ts";
import { fakeIo } from "./fake_io.ts";

const WHOLE: Omit<History, "format"> = {
  bestEpoch: 1,
  epochs: [{
    ...{ epoch: 1, steps: 4, lr: {}, loss: 1, accuracy: 0.5, validationLoss: 1, validationAccuracy: 0.5 },
  }],
};
/** Of trainings that ended early, by seed. */
const HISTORY: Readonly<Record<number, Omit<History, "format">>> = {
  3: { ...WHOLE, stopped: { by: "minutes", wantedEpochs: 40 }, minutes: 5 },
};

/** Runs the stage on runs of these seeds; gives what it wrote by name. */
async function aggregate(
  seeds: readonly number[],
  missing: readonly MissingRun[] = [],
  conditions: readonly Condition[] = [],
): Promise<Record<string, string>> {
  const folder = Deno.makeTempDirSync();
  try {
    const inputs: Record<string, string> = {};
    const runs = seeds.map((seed) => {
      const put = (name: string, made: EvaluatedRun) => {
        const { metrics } = made;
        Deno.writeTextFileSync(inputs[`metrics:${name}`] = `${folder}/${name}`, metricsText(metrics));
        const predictions = predictionsText(predictionsOf(made));
        Deno.writeTextFileSync(inputs[`predictions:${name}`] = `${folder}/${name}-told`, predictions);
      };
      const made = keywordRun({ setting: "A", seed, score: 0.5 + seed / 10 });
      const { description } = made;
      put(description.run, made);
      const history = `history:${description.run}`;
      Deno.writeTextFileSync(
        inputs[history] = `${folder}/${description.run}-history`,
        historyText(HISTORY[seed] ?? WHOLE),
      );
      for (const condition of conditions.slice(0, seed + 1)) {
        const name = `${description.run}@${conditionKey(condition)}`;
        const noisy = keywordRun({ setting: "A", seed, score: 0.2 });
        put(name, { ...noisy, metrics: { ...noisy.metrics, condition } });
      }
      return description;
    });
    Deno.mkdirSync(`${folder}/out`);
    const told = conditions.map((condition) => toFile(conditionSchema, condition));
    inputs["index:toys-test"] = `${folder}/index.json`;
    writeIndex(inputs["index:toys-test"], ["yes/0", "no/1", "yes/2", "no/3", "yes/4", "no/5"], ["yes", "no"]);
    const data = [{ name: "toys", synthetic: false, indices: ["index:toys-test"] }];
    const slice = { title: "T", runs, missing, conditions: told, data, command: "deno task kws" };
    const origins = Object.fromEntries(runs.map(({ run, seed }) => [`metrics:${run}`, originOf(run, seed)]));
    await stage.run({ ...fakeIo(slice as Json, `${folder}/out`, inputs), origins });
    const names = [...Deno.readDirSync(`${folder}/out`)].map((entry) => entry.name).sort();
    return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(`${folder}/out/${name}`)]));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function originOf(run: string, seed: number): InputOrigin {
  return {
    task: `evaluate/${run}`,
    key: "a".repeat(64) as TaskKey,
    code: "0123456789abcdef",
    startedAt: `2026-01-0${1 + seed}T03:04:05.678Z`,
    seconds: 1,
    deno: "2.9.6",
    slice: {},
    inputs: {},
  };
}

Deno.test("aggregate says which training ended early, and that its length is this machine's", async () => {
  const files = await aggregate([0, 3]);
  const { rows } = parseResults(files["results.json"]!, "results.json");
  assertEquals(rows.map(({ stopped }) => stopped), [undefined, { by: "minutes", wantedEpochs: 40 }]);
  const told =
    `- ${rows[1]!.run}: training ended after epoch ${
      rows[1]!.last.epoch
    } of 40, as trainer.minutes were over: ` +
    "another machine may train another number of epochs, so that the run cannot be reproduced\n";
  assertStringIncludes(files["results.md"]!, told);
});

Deno.test("aggregate says what figures were measured on, when and by what", async () => {
  const files = await aggregate([0, 2]);
  const { data, made, interval } = parseResults(files["results.json"]!, "results.json");
  assertEquals(data, [{
    name: "toys",
    synthetic: false,
    splits: [{ split: "test", examples: 6, speakers: 5, noises: 0, seconds: 0.6, excluded: 0 }],
  }]);
  assertEquals(made, { date: "2026-01-03", command: "deno task kws", deno: ["2.9.6"], code: ["01234567"] });
  assertEquals(interval, "95 % intervals (Wilson's) over the test clips");
  for (
    const line of [
      "- 2 classes: guessing is right for 50.0 %, always saying the largest class for 50.0 %",
      "- toys, recordings: test 6 clips by 5 speakers (0.0 min)",
      "- 2026-01-03, deno task kws, Deno 2.9.6, code 01234567",
    ]
  ) assertStringIncludes(files["results.md"]!, line);
});

Deno.test("aggregate sums up runs that differ only in their seed", async () => {
  const files = await aggregate([0, 2]);
  assertEquals(Object.keys(files), ["results.csv", "results.json", "results.md", "summary.csv"]);
  const { rows, summary } = parseResults(files["results.json"]!, "results.json");
  assertEquals([rows.length, summary.length, summary[0]!.seeds, summary[0]!.score.mean], [2, 1, [0, 2], 0.6]);
  assertStringIncludes(files["results.md"]!, "| 60.0 +- 14.1 |");
});

Deno.test("aggregate writes no summary when there is nothing to sum up", async () => {
  const files = await aggregate([0]);
  assertEquals(Object.keys(files), ["results.csv", "results.json", "results.md"]);
  assertEquals(JSON.parse(files["results.json"]!).summary, []);
  assertEquals(files["results.md"]!.includes("Over seeds"), false);
});

Deno.test("aggregate says which runs failed, and of what", async () => {
  const missing = ["b", "c"].map((run) => ({ run, reason: "Training stopped." }));
  const files = await aggregate([0], missing);
  assertEquals(parseResults(files["results.json"]!, "results.json").missing, missing);
  assertStringIncludes(files["results.md"]!, "- b, c: Training stopped.\n");
});

Deno.test("aggregate has columns for each condition, with nothing where a run was not tested under it", async () => {
  const conditions = [20, 0].map((snrDb): Condition => ({
    snrDb,
    gainDb: null,
    noise: "background",
    seed: 0,
  }));
  const files = await aggregate([0, 1], [], conditions);
  const { rows, summary, conditions: told } = parseResults(files["results.json"]!, "results.json");
  assertEquals(told, conditions);
  assertEquals(rows.map((row) => row.conditions.map((under) => under?.score.value ?? null)), [[0.2, null], [
    0.2,
    0.2,
  ]]);
  assertEquals(summary[0]!.conditions.map((under) => under?.score.n), [2, 1]);
  assertStringIncludes(
    files["results.csv"]!,
    "accuracy_snr20,accuracy_snr20_low,accuracy_snr20_high,gain_over_a_snr20",
  );
  assertStringIncludes(files["summary.csv"]!, "accuracy_snr0_mean,accuracy_snr0_std");
  assertStringIncludes(files["results.md"]!, "| 20 dB | vs A | 0 dB | vs A |");
  assertStringIncludes(files["results.md"]!, "of its recordings as they are and under 20 dB; 0 dB");
});
