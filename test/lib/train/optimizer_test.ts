/** What all optimizers share: groups, clipping, ownership of tensors. */
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { TensorSpec } from "../../../lib/nn/types.ts";
import { createOptimizer, type GroupSpecs, type OptimizerSpec } from "../../../lib/train/optimizer.ts";

await tf.setBackend("cpu");

const GROUPS: GroupSpecs = {
  model: { lr: 0.1, weight_decay: 0.01, clip_norm: null },
  stft: { lr: 7, weight_decay: 0, clip_norm: null },
  mel: { lr: 0.5, weight_decay: 0, clip_norm: null },
};

const RULES = [
  { kind: "sgd", momentum: 0.9 },
  { kind: "adam", betas: [0.9, 0.999], eps: 1e-8 },
] as const;

function parameter(name: string, group: TensorSpec["group"], trainable = true): TensorSpec {
  return { name, shape: [2], role: "parameter", group, trainable, init: () => new Float32Array(2) };
}

const SPECS = [parameter("w", "model"), parameter("frozen", "model", false), parameter("f", "mel")];

/** Two steps with the same gradients. @returns Every value of the state, then of the parameters. */
function twoSteps(spec: OptimizerSpec, w: number[], f: number[], factor = 1): number[] {
  return tf.tidy(() => {
    const state = new Map(SPECS.map(({ name }) => [name, tf.variable(tf.tensor1d([1, -2]))]));
    const optimizer = createOptimizer(spec, SPECS, state);
    const gradients = new Map([["w", tf.tensor1d(w)], ["f", tf.tensor1d(f)]]);
    for (let i = 0; i < 2; i++) optimizer.step(gradients, factor);
    const variables = [...optimizer.state.values(), ...state.values()];
    const values = variables.flatMap((variable) => [...variable.dataSync()]);
    tf.dispose(variables);
    return values;
  });
}

for (const rule of RULES) {
  const spec: OptimizerSpec = { ...GROUPS, ...rule };
  const clipped = (clip_norm: number): OptimizerSpec => ({
    ...spec,
    mel: { ...GROUPS.mel, clip_norm },
  });

  Deno.test(`createOptimizer() with ${rule.kind} clips a group alone, by the norm of all its gradients`, () => {
    const found = twoSteps(clipped(1), [3, 0], [3, 4]);
    twoSteps(spec, [3, 0], [3 / 5, 4 / 5]).forEach((wanted, i) =>
      assertAlmostEquals(found[i]!, wanted, 1e-6)
    );
    assertEquals(twoSteps(clipped(10), [3, 0], [3, 4]), twoSteps(spec, [3, 0], [3, 4]));
  });

  Deno.test(`createOptimizer() with ${rule.kind} multiplies the rate of each group by the factor`, () => {
    const halved: OptimizerSpec = {
      ...spec,
      model: { ...GROUPS.model, lr: 0.05 },
      mel: { ...GROUPS.mel, lr: 0.25 },
    };
    assertEquals(twoSteps(spec, [3, 1], [3, 4], 0.5), twoSteps(halved, [3, 1], [3, 4]));
    const optimizer = createOptimizer(spec, [], new Map());
    assertEquals(optimizer.rates(2), { model: 0.2, stft: 14, mel: 1 });
    optimizer.dispose();
  });

  Deno.test(`createOptimizer() with ${rule.kind} works in place: no tensor is left over by a step, nor at the end`, () => {
    const state = new Map([["w", tf.tidy(() => tf.variable(tf.tensor1d([1, 2])))]]);
    const specs = [parameter("w", "model"), parameter("frozen", "model", false)];
    const before = tf.memory();
    const optimizer = createOptimizer(
      { ...spec, model: { ...GROUPS.model, clip_norm: 1 } },
      specs,
      state,
    );
    const gradients = new Map([["w", tf.tensor1d([1, 1])]]);
    const { numTensors, numBytes } = tf.memory();
    for (let i = 0; i < 5; i++) optimizer.step(gradients, 1);
    assertEquals([tf.memory().numTensors, tf.memory().numBytes], [numTensors, numBytes]);
    gradients.get("w")!.dispose();
    optimizer.dispose();
    assertEquals([tf.memory().numTensors, tf.memory().numBytes], [before.numTensors, before.numBytes]);
    tf.dispose([...state.values()]);
  });

  Deno.test(`createOptimizer() with ${rule.kind} throws when a trained parameter has no gradient, clipped or not`, () => {
    for (const given of [spec, clipped(1)]) {
      const state = new Map([["f", tf.tidy(() => tf.variable(tf.tensor1d([1, 2])))]]);
      const optimizer = createOptimizer(given, [parameter("f", "mel")], state);
      assertThrows(() => optimizer.step(new Map(), 1), Error, "f has no gradient");
      optimizer.dispose();
      tf.dispose([...state.values()]);
    }
  });
}
