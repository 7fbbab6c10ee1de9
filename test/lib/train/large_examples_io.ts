/**
 * Reads one shuffled epoch's first batches from a feature file and prints how much memory that took, for
 * example_file_io_test.ts: a process of its own, since tests share theirs.
 */
import { Rng } from "../../../lib/base/random.ts";
import { epochOrder } from "../../../lib/tasks/kws/sampler.ts";
import { openExamples } from "../../../lib/train/example_file_io.ts";
import { TAKER } from "./takers.ts";

const BATCH = 100;
const BATCHES = 50;

const [path] = Deno.args;
using source = openExamples(path!, { ...TAKER, classes: 2 }, () => 1);
const order = epochOrder(
  { kind: "balanced", clipsPerEpoch: null },
  Int32Array.from({ length: source.count }, (_, row) => source.labelsOf(row)[0]!),
  source.classes,
  Rng.fromSeed(1),
);
let [sum, peakBytes] = [0, 0];
for (let at = 0; at < BATCH * BATCHES; at += BATCH) {
  const { features } = await source.read(order.subarray(at, at + BATCH));
  sum += features[0]!;
  peakBytes = Math.max(peakBytes, Deno.memoryUsage().rss);
}
console.log(JSON.stringify({ clips: source.count, sum, peakBytes }));
