/** Adam on every backend, against PyTorch and against the formulas written out in float64. */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../../lib/base/random.ts";
import type { ParameterGroup, TensorSpec } from "../../../../lib/nn/types.ts";
import { createOptimizer, type GroupSpecs, type Optimizer } from "../../../../lib/train/optimizer.ts";
import type { AdamConfig } from "../../../../lib/train/optimizers/adam/kind.ts";
import { rule } from "../../../../lib/train/optimizers/adam/rule.ts";
import { assignValues, copyValues, type Values } from "../../../../lib/train/snapshot.ts";
import { onEveryBackend } from "../../../support/backends.ts";
import golden from "../../../fixtures/adam/adam.json" with { type: "json" };

/** Rounding of float32, relative to the largest value of an array: about ten operations of 6e-8 each. */
const TOLERANCE = 1e-6;

type Arrays = Readonly<Record<string, readonly number[]>>;
type Task = {
  readonly config: AdamConfig;
  readonly spec: GroupSpecs;
  readonly groups: Readonly<Record<string, ParameterGroup>>;
  readonly start: Arrays;
  readonly gradients: readonly Arrays[];
};

const PYTORCH: Task = {
  config: { kind: "adam", betas: [golden.betas[0]!, golden.betas[1]!], eps: golden.eps },
  spec: {
    model: groupOf(golden.groups.weight),
    stft: groupOf(golden.groups.bias),
    mel: groupOf(golden.groups.filters),
  },
  groups: { weight: "model", bias: "stft", filters: "mel" },
  start: golden.start,
  gradients: golden.gradients,
};

const UNLIKE_DEFAULTS: Task = {
  config: { kind: "adam", betas: [0.5, 0.8], eps: 0.25 },
  spec: {
    model: { lr: 0.1, weightDecay: 0.3, clipNorm: null },
    stft: { lr: 0.01, weightDecay: 0.1, clipNorm: null },
    mel: { lr: 0, weightDecay: 1, clipNorm: null },
  },
  groups: { w: "model", one: "model", kernels: "stft", still: "mel" },
  start: { w: normals("w", 7), one: [2], kernels: normals("kernels", 300), still: normals("still", 4) },
  gradients: [1, 2, 3, 4, 5].map((step) => ({
    w: normals(`w ${step}`, 7),
    one: [step === 3 ? 100 : 0],
    kernels: normals(`kernels ${step}`, 300),
    still: normals(`still ${step}`, 4),
  })),
};

onEveryBackend("adam goes through what torch.optim.Adam computed", async () => {
  await usingTrainee(PYTORCH, async ({ optimizer, parameters, step }) => {
    for (const [i, wanted] of golden.trajectory.entries()) {
      step();
      const found = await copyValues(parameters);
      for (const [name, values] of Object.entries(wanted)) assertNear(found, name, values, `step ${i + 1}`);
    }
    const state = await copyValues(optimizer.state);
    assertEquals(state.get("step"), Float32Array.of(golden.state.step.weight));
    for (const kind of ["exp_avg", "exp_avg_sq"] as const) {
      for (const [name, values] of Object.entries(golden.state[kind])) {
        assertNear(state, `${kind}/${name}`, values, "at the end");
      }
    }
    assertEquals(state.size, 7);
  });
});

onEveryBackend("adam takes the documented steps with any betas, eps and weight decay", async () => {
  await usingTrainee(UNLIKE_DEFAULTS, async ({ parameters, step }) => {
    for (const _ of UNLIKE_DEFAULTS.gradients) step();
    const found = await copyValues(parameters);
    for (const name of Object.keys(UNLIKE_DEFAULTS.start)) {
      assertNear(found, name, reference(UNLIKE_DEFAULTS, name), "at the end");
    }
    assertEquals([...found.get("still")!], [...UNLIKE_DEFAULTS.start["still"]!]);
  });
});

onEveryBackend("adam going on from copied state ends with the same bytes as never stopping", async () => {
  await usingTrainee(PYTORCH, async (whole) => {
    for (let i = 0; i < 4; i++) whole.step();
    const [parameters, state] = [await copyValues(whole.parameters), await copyValues(whole.optimizer.state)];
    for (let i = 4; i < 9; i++) whole.step();
    await usingTrainee(PYTORCH, async (rest) => {
      assignValues(rest.parameters, parameters);
      assignValues(rest.optimizer.state, state);
      rest.goTo(4);
      for (let i = 4; i < 9; i++) rest.step();
      assertEquals(await copyValues(rest.parameters), await copyValues(whole.parameters));
      assertEquals(await copyValues(rest.optimizer.state), await copyValues(whole.optimizer.state));
    });
  });
});

interface Trainee {
  readonly optimizer: Optimizer;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Takes the next step. */
  step(): void;
  /** The next step is the one after `steps`. */
  goTo(steps: number): void;
}

/** Disposes of everything afterwards; nothing else may be left over, by any step. */
async function usingTrainee(task: Task, use: (trainee: Trainee) => Promise<void>): Promise<void> {
  const before = tf.memory();
  const specs = Object.entries(task.groups).map(([name, group]): TensorSpec => ({
    name,
    shape: [task.start[name]!.length],
    role: "parameter",
    group,
    trainable: true,
    init: () => Float32Array.from(task.start[name]!),
  }));
  const parameters = new Map(
    specs.map(({ name }) => [name, tf.tidy(() => tf.variable(tf.tensor1d([...task.start[name]!])))]),
  );
  const optimizer = createOptimizer(task.spec, (trained) => rule(task.config, trained), specs, parameters);
  const made = tf.memory();
  let next = 0;
  await use({
    optimizer,
    parameters,
    step() {
      tf.tidy(() => {
        const given = Object.entries(task.gradients[next++]!);
        optimizer.step(new Map(given.map(([name, values]) => [name, tf.tensor1d([...values])])), 1);
      });
    },
    goTo: (steps) => void (next = steps),
  });
  assertEquals([tf.memory().numTensors, tf.memory().numBytes], [made.numTensors, made.numBytes]);
  optimizer.dispose();
  tf.dispose([...parameters.values()]);
  assertEquals([tf.memory().numTensors, tf.memory().numBytes], [before.numTensors, before.numBytes]);
}

/** Algorithm 1 of Kingma and Ba, number by number. */
function reference({ config, spec, groups, start, gradients }: Task, name: string): number[] {
  const { lr, weightDecay } = spec[groups[name]!]!;
  const [beta1, beta2] = config.betas;
  return start[name]!.map((first, i) => {
    let [p, m, v] = [first, 0, 0];
    gradients.forEach((step, t) => {
      const g = step[name]![i]! + weightDecay * p;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const [unbiased, square] = [m / (1 - Math.pow(beta1, t + 1)), v / (1 - Math.pow(beta2, t + 1))];
      p -= lr * unbiased / (Math.sqrt(square) + config.eps);
    });
    return p;
  });
}

function assertNear(found: Values, name: string, wanted: readonly number[], when: string): void {
  const values = found.get(name)!;
  assertEquals(values.length, wanted.length);
  const largest = Math.max(...wanted.map(Math.abs));
  wanted.forEach((w, i) => {
    const error = Math.abs(values[i]! - w) / largest;
    assert(error < TOLERANCE, `${when}, ${name}[${i}]: found ${values[i]}, wanted ${w}, off by ${error}`);
  });
}

function groupOf(group: { readonly lr: number; readonly weight_decay: number }): GroupSpecs["model"] {
  return { lr: group.lr, weightDecay: group.weight_decay, clipNorm: null };
}

/** Exact in float32. */
function normals(seed: string, count: number): number[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => Math.fround(rng.normal()));
}
