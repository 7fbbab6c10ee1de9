/** What all optimizers share: groups, clipping, ownership of tensors. */
import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../lib/base/errors.ts";
import { parseRecord } from "../../../lib/base/record.ts";
import type { TensorSpec } from "../../../lib/nn/types.ts";
import {
  createOptimizer,
  type GroupSpecs,
  openOptimizer,
  type OptimSpec,
} from "../../../lib/train/optimizer.ts";
import { optimSchema } from "../../../lib/train/spec.ts";
import { ADAM, type RuleOf, SGD } from "../../support/rules.ts";

await tf.setBackend("cpu");

const GROUPS: GroupSpecs = {
  model: { lr: 0.1, weightDecay: 0.01, clipNorm: null },
  stft: { lr: 7, weightDecay: 0, clipNorm: null },
  mel: { lr: 0.5, weightDecay: 0, clipNorm: null },
};

const RULES = { sgd: SGD, adam: ADAM };

function parameter(name: string, group: TensorSpec["group"], trainable = true): TensorSpec {
  return { name, shape: [2], role: "parameter", group, trainable, init: () => new Float32Array(2) };
}

const SPECS = [parameter("w", "model"), parameter("frozen", "model", false), parameter("f", "mel")];

/** Two steps with the same gradients. @returns Every value of the state, then of the parameters. */
function twoSteps(groups: GroupSpecs, rule: RuleOf, w: number[], f: number[], factor = 1): number[] {
  return tf.tidy(() => {
    const state = new Map(SPECS.map(({ name }) => [name, tf.variable(tf.tensor1d([1, -2]))]));
    const optimizer = createOptimizer(groups, rule, SPECS, state);
    const gradients = new Map([["w", tf.tensor1d(w)], ["f", tf.tensor1d(f)]]);
    for (let i = 0; i < 2; i++) optimizer.step(gradients, factor);
    const variables = [...optimizer.state.values(), ...state.values()];
    const values = variables.flatMap((variable) => [...variable.dataSync()]);
    tf.dispose(variables);
    return values;
  });
}

const clipped = (clipNorm: number): GroupSpecs => ({ ...GROUPS, mel: { ...GROUPS.mel, clipNorm } });

for (const [kind, rule] of Object.entries(RULES)) {
  Deno.test(`createOptimizer() with ${kind} clips a group alone, by the norm of all its gradients`, () => {
    const found = twoSteps(clipped(1), rule, [3, 0], [3, 4]);
    twoSteps(GROUPS, rule, [3, 0], [3 / 5, 4 / 5]).forEach((wanted, i) =>
      assertAlmostEquals(found[i]!, wanted, 1e-6)
    );
    assertEquals(twoSteps(clipped(10), rule, [3, 0], [3, 4]), twoSteps(GROUPS, rule, [3, 0], [3, 4]));
  });

  Deno.test(`createOptimizer() with ${kind} multiplies the rate of each group by the factor`, () => {
    const halved: GroupSpecs = {
      ...GROUPS,
      model: { ...GROUPS.model, lr: 0.05 },
      mel: { ...GROUPS.mel, lr: 0.25 },
    };
    assertEquals(twoSteps(GROUPS, rule, [3, 1], [3, 4], 0.5), twoSteps(halved, rule, [3, 1], [3, 4]));
    const optimizer = createOptimizer(GROUPS, rule, [], new Map());
    assertEquals(optimizer.rates(2), { model: 0.2, stft: 14, mel: 1 });
    optimizer.dispose();
  });

  Deno.test(`createOptimizer() with ${kind} works in place: no tensor is left over by a step, nor at the end`, () => {
    const state = new Map([["w", tf.tidy(() => tf.variable(tf.tensor1d([1, 2])))]]);
    const specs = [parameter("w", "model"), parameter("frozen", "model", false)];
    const before = tf.memory();
    const optimizer = createOptimizer(
      { ...GROUPS, model: { ...GROUPS.model, clipNorm: 1 } },
      rule,
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

  Deno.test(`createOptimizer() with ${kind} throws when a trained parameter has no gradient, clipped or not`, () => {
    for (const given of [GROUPS, clipped(1)]) {
      const state = new Map([["f", tf.tidy(() => tf.variable(tf.tensor1d([1, 2])))]]);
      const optimizer = createOptimizer(given, rule, [parameter("f", "mel")], state);
      assertThrows(() => optimizer.step(new Map(), 1), Error, "f has no gradient");
      optimizer.dispose();
      tf.dispose([...state.values()]);
    }
  });
}

Deno.test("openOptimizer() takes the rule that is named, with its values, and the schedule's rate where a group sets none", async () => {
  const group = (lr: number | null) => ({ lr, weightDecay: 0, clipNorm: null });
  const spec: OptimSpec = {
    rule: { kind: "adam", betas: [0.9, 0.999], eps: 1e-8 },
    schedule: {
      kind: "cosine_restarts",
      firstCycleSteps: 6,
      cycleMult: 1,
      maxLr: 0.2,
      minLr: 0,
      warmupSteps: 2,
      gamma: 0.5,
    },
    model: group(null),
    stft: group(0.02),
    mel: group(0.3),
    parts: { pcen: group(null), filters: group(0.01) },
  };
  const parameters = new Map([["w", tf.tidy(() => tf.variable(tf.tensor1d([1, 2])))]]);
  const optimizer = await openOptimizer(spec, [parameter("w", "model")], parameters);
  assertEquals([...optimizer.state.keys()], ["step", "exp_avg/w", "exp_avg_sq/w"]);
  assertEquals(optimizer.rates(1), { model: 0.2, stft: 0.02, mel: 0.3, pcen: 0.2, filters: 0.01 });
  optimizer.dispose();
  tf.dispose([...parameters.values()]);

  const constant: OptimSpec = { ...spec, parts: {}, schedule: { kind: "constant" } };
  await assertRejects(() => openOptimizer(constant, [], new Map()), RangeError, "No learning rate for model");
  const unknown = [parameter("w", "pooling")];
  await assertRejects(
    () => openOptimizer(spec, unknown, new Map()),
    RangeError,
    "No learning rate for pooling of w",
  );
  const other = { ...spec, rule: { kind: "adma" } };
  await assertRejects(() => openOptimizer(other, [], new Map()), UserError, 'the optimizer "adma"');
});

Deno.test("what a file says of a further part is read as what it says of the usual ones", () => {
  const group = { lr: 0.1, weight_decay: 0.2, clip_norm: 1 };
  const { model, parts } = parseRecord(
    optimSchema,
    {
      rule: { kind: "sgd" },
      schedule: { kind: "constant" },
      model: group,
      stft: group,
      mel: group,
      parts: { pcen: group },
    },
    "Cannot use",
    "",
  );
  assertEquals(parts["pcen"], model);
});
