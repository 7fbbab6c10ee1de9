import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Json } from "../../../lib/base/json.ts";
import { toFile } from "../../../lib/base/record.ts";
import { type Condition, conditionKey, conditionSchema } from "../../../lib/records/condition.ts";
import { metricsText } from "../../../lib/records/metrics.ts";
import { type MissingRun, parseResults } from "../../../lib/records/results.ts";
import { stage } from "../../../pipeline/stages/aggregate.ts";
import { keywordRun } from "../../support/evaluated_runs.ts";
import { fakeIo } from "./fake_io.ts";

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
      const { description, metrics } = keywordRun({ setting: "A", seed, score: 0.5 + seed / 10 });
      inputs[`metrics:${description.run}`] = `${folder}/in-${seed}`;
      Deno.writeTextFileSync(`${folder}/in-${seed}`, metricsText(metrics));
      for (const condition of conditions.slice(0, seed + 1)) {
        const name = `${description.run}@${conditionKey(condition)}`;
        const noisy = keywordRun({ setting: "A", seed, score: 0.2 }).metrics;
        Deno.writeTextFileSync(
          inputs[`metrics:${name}`] = `${folder}/${name}`,
          metricsText({ ...noisy, condition }),
        );
      }
      return description;
    });
    Deno.mkdirSync(`${folder}/out`);
    const told = conditions.map((condition) => toFile(conditionSchema, condition));
    const slice = { title: "T", runs, missing, conditions: told };
    await stage.run(fakeIo(slice as Json, `${folder}/out`, inputs));
    const names = [...Deno.readDirSync(`${folder}/out`)].map((entry) => entry.name).sort();
    return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(`${folder}/out/${name}`)]));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

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
