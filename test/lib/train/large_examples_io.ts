/**
 * Reads one shuffled epoch's first batches from a feature file and prints how much memory that took, for
 * feature_file_io_test.ts: a process of its own, since tests share theirs.
 */
import { epochOrder } from "../../../lib/train/sampler.ts";
import { openFeatures } from "../../../lib/train/feature_file_io.ts";
import { Rng } from "../../../lib/base/random.ts";

const BATCH = 100;
const BATCHES = 50;

const [path] = Deno.args;
using source = openFeatures(path!);
const order = epochOrder(
  { kind: "balanced", clipsPerEpoch: null },
  source.labels,
  source.info.classes,
  Rng.fromSeed(1),
);
let [sum, peakBytes] = [0, 0];
for (let at = 0; at < BATCH * BATCHES; at += BATCH) {
  const { features } = await source.read(order.subarray(at, at + BATCH));
  sum += features[0]!;
  peakBytes = Math.max(peakBytes, Deno.memoryUsage().rss);
}
console.log(JSON.stringify({ clips: source.count, sum, peakBytes }));
