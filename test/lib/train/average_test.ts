import * as tf from "@tensorflow/tfjs";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { averageOf } from "../../../lib/train/average.ts";
import type { AverageSpec } from "../../../lib/train/spec.ts";
import { onEveryBackend } from "../../support/backends.ts";

const KINDS: readonly AverageSpec[] = [{ kind: "ema", decay: 0.9 }, { kind: "swa", fromEpoch: 1 }];

for (const spec of KINDS) {
  onEveryBackend(`an average (${spec.kind}) keeps the bytes of what stays as it is`, async () => {
    const rng = Rng.fromSeed("average");
    const frozen = Float32Array.from({ length: 999 }, () => Math.exp(rng.normal() * 4));
    const state = new Map([
      ["frozen", tf.tidy(() => tf.variable(tf.tensor1d(frozen)))],
      ["trained", tf.tidy(() => tf.variable(tf.tensor1d([0])))],
    ]);
    const average = averageOf(spec, state);
    for (let epoch = 1; epoch <= 25; epoch++) {
      tf.tidy(() => state.get("trained")!.assign(tf.tensor1d([epoch])));
      average.afterStep();
      average.afterEpoch(epoch);
      assertEquals(await average.state!.get("frozen")!.data(), frozen, `after epoch ${epoch}`);
    }
    const [trained] = await average.state!.get("trained")!.data<"float32">();
    assertAlmostEquals(trained!, spec.kind === "swa" ? 13 : emaOf(25, 0.9), 1e-4);
    average.dispose();
    for (const variable of state.values()) variable.dispose();
  });
}

/** Of 1, 2, ... by the definition, where the first states count more. */
function emaOf(steps: number, decay: number): number {
  let average = 1;
  for (let n = 1; n < steps; n++) {
    const keep = Math.min(decay, (1 + n) / (10 + n));
    average = keep * average + (1 - keep) * (n + 1);
  }
  return average;
}
