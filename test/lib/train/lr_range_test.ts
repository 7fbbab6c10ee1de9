import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import { createState } from "../../../lib/nn/state.ts";
import {
  type LrRange,
  lrRange,
  rangeGroups,
  type RangePoint,
  smoothLosses,
  suggestRates,
} from "../../../lib/train/lr_range.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import { SGD } from "../../support/rules.ts";
import { fakeNetwork, fakeObjective } from "./fake_network.ts";

await tf.setBackend("cpu");

const RNG = Rng.fromSeed(5);
const GROUPS = {
  model: { lr: 0.1, weightDecay: 0, clipNorm: null },
  stft: { lr: 0, weightDecay: 0, clipNorm: null },
  mel: { lr: 0.02, weightDecay: 0, clipNorm: null },
} as const;

async function run(range: LrRange, sampler: "shuffle" | "balanced" = "balanced"): Promise<RangePoint[]> {
  const network = fakeNetwork();
  const state = createState(network, RNG.fork("init"));
  const objective = fakeObjective(network, RNG, { sampler });
  const groups = rangeGroups(GROUPS, { kind: "constant" }, range);
  const optimizer = createOptimizer(groups, SGD, network.specs, state);
  const points = lrRange({ objective, state, optimizer, rng: RNG }, range);
  return await Array.fromAsync(points);
}

Deno.test("lrRange() grows the model's rate by one factor, and the others' with it", async () => {
  const points = await run({ low: 1e-4, high: 1, steps: 9 });
  assertEquals(points.map((p) => p.step), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const [i, { rates }] of points.entries()) {
    assertAlmostEquals(rates.model / 10 ** (-4 + i / 2), 1, 1e-12);
    assertAlmostEquals(rates.mel / rates.model, 0.2, 1e-12);
    assertEquals(rates.stft, 0);
  }
});

Deno.test("lrRange() goes on over epochs where the sampler takes each clip once", async () => {
  assertEquals((await run({ low: 1e-5, high: 1e-3, steps: 11 }, "shuffle")).length, 11);
});

Deno.test("lrRange() finds rates that learn, and stops where they do not any more", async () => {
  const points = await run({ low: 1e-4, high: 1e5, steps: 90 });
  assert(points.length < 90, "the loss never grew");
  assert(points.at(-1)!.loss > 4 * points[0]!.loss);
  const suggestion = suggestRates(points.map((p) => p.rates.model), smoothLosses(points.map((p) => p.loss)))!;
  assert(suggestion.steepest > 1e-3 && suggestion.steepest < 10, `found ${suggestion.steepest}`);
});

Deno.test("rangeGroups() scales peak rates, a schedule's among them, and refuses to scale 0", () => {
  const range = { low: 1e-3, high: 10, steps: 5 };
  const schedule = { kind: "exponential", lowLr: 1, highLr: 4, steps: 2 } as const;
  const { model, mel } = rangeGroups(
    { ...GROUPS, model: { lr: null as number | null }, mel: { lr: 2 } },
    schedule,
    range,
  );
  assertEquals([model.lr, mel.lr], [10, 5]);
  assertThrows(() => rangeGroups({ ...GROUPS, model: { lr: 0 } }, { kind: "constant" }, range), RangeError);
});

Deno.test("smoothLosses() averages over as many steps on either side and shifts nothing", () => {
  assertEquals(smoothLosses([1, 4, 1, 7]), [1, 2, 4, 7]);
  const line = Array.from({ length: 100 }, (_, i) => 3 - i / 50);
  for (const [i, value] of smoothLosses(line).entries()) assertAlmostEquals(value, line[i]!, 1e-12);
});

Deno.test("suggestRates() finds the steepest fall before the minimum, and a tenth of the minimum", () => {
  const rates = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => 10 ** (i - 6));
  const found = suggestRates(rates, [2.5, 2.5, 2.4, 1.4, 1.0, 0.9, 5, 1]);
  assertEquals(found, { steepest: rates[3]!, lowest: 1, tenthOfLowest: 0.1 });
  assertEquals(suggestRates(rates.slice(0, 3), [1, 2, 3]), null);
});
