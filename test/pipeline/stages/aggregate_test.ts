import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Json } from "../../../lib/base/json.ts";
import { run } from "../../../pipeline/stages/aggregate.ts";
import { fakeIo } from "./fake_io.ts";

/** Runs the stage on runs of these seeds; gives what it wrote by name. */
async function aggregate(seeds: readonly number[]): Promise<Record<string, string>> {
  const folder = Deno.makeTempDirSync();
  try {
    const inputs: Record<string, string> = {};
    const runs = seeds.map((seed) => {
      const name = `linear-${seed}`;
      const figures = {
        clips: 10,
        accuracy: 0.5 + seed / 10,
        cross_entropy: 1,
        f1: { macro: 0.4, weighted: 0.4 },
      };
      const checkpoint = { epoch: 1, figures };
      inputs[`metrics:${name}`] = `${folder}/in-${seed}`;
      const metrics = { trained_parameters: 7, checkpoints: { best: checkpoint, last: checkpoint } };
      Deno.writeTextFileSync(`${folder}/in-${seed}`, JSON.stringify(metrics));
      return { run: name, setting: "A", frontend: "nnaudio", model: "linear", n_mels: 40, seed, other: {} };
    });
    Deno.mkdirSync(`${folder}/out`);
    await run(fakeIo({ title: "T", runs } as Json, `${folder}/out`, inputs));
    const names = [...Deno.readDirSync(`${folder}/out`)].map((entry) => entry.name).sort();
    return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(`${folder}/out/${name}`)]));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("aggregate sums up runs that differ only in their seed", async () => {
  const files = await aggregate([0, 2]);
  assertEquals(Object.keys(files), ["results.csv", "results.json", "results.md", "summary.csv"]);
  const { rows, summary } = JSON.parse(files["results.json"]!);
  assertEquals([rows.length, summary.length, summary[0].seeds, summary[0].accuracy.mean], [
    2,
    1,
    [0, 2],
    0.6,
  ]);
  assertStringIncludes(files["results.md"]!, "| 60.0 +- 14.1 |");
});

Deno.test("aggregate writes no summary when there is nothing to sum up", async () => {
  const files = await aggregate([0]);
  assertEquals(Object.keys(files), ["results.csv", "results.json", "results.md"]);
  assertEquals(JSON.parse(files["results.json"]!).summary, []);
  assertEquals(files["results.md"]!.includes("Over seeds"), false);
});
