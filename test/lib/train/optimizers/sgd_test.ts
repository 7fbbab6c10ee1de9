import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { TensorSpec } from "../../../../lib/nn/types.ts";
import { createOptimizer, type GroupSpecs } from "../../../../lib/train/optimizer.ts";
import { rule } from "../../../../lib/train/optimizers/sgd/rule.ts";

await tf.setBackend("cpu");

const GROUPS = {
  model: { lr: 0.1, weightDecay: 0.01, clipNorm: null },
  stft: { lr: 7, weightDecay: 0, clipNorm: null },
  mel: { lr: 0.5, weightDecay: 0, clipNorm: null },
};

function parameter(name: string, group: TensorSpec["group"], trainable = true): TensorSpec {
  return { name, shape: [2], role: "parameter", group, trainable, init: () => new Float32Array(2) };
}

/** Takes steps with the given gradients [[w0, w1], [f0, f1]] from w = (1, -2), f = (0.5, 3). */
function run(
  groups: GroupSpecs,
  momentum: number,
  gradients: readonly (readonly number[][])[],
): number[][] {
  const state = new Map([["w", tf.variable(tf.tensor1d([1, -2]))], [
    "f",
    tf.variable(tf.tensor1d([0.5, 3])),
  ]]);
  const optimizer = createOptimizer(
    groups,
    sgd(momentum),
    [parameter("w", "model"), parameter("f", "mel")],
    state,
  );
  for (const [w, f] of gradients) {
    optimizer.step(new Map([["w", tf.tensor1d(w!)], ["f", tf.tensor1d(f!)]]), 1);
  }
  return [[...state.get("w")!.dataSync()], [...state.get("f")!.dataSync()]];
}

function sgd(momentum: number) {
  return (trained: readonly TensorSpec[]) => rule({ kind: "sgd", momentum }, trained);
}

/** The update written out for one number: what torch.optim.SGD documents. */
function reference(
  p: number,
  gradients: readonly number[],
  lr: number,
  decay: number,
  momentum: number,
): number {
  let buffer: number | null = null;
  for (const gradient of gradients) {
    const g: number = gradient + decay * p;
    buffer = buffer === null ? g : momentum * buffer + g;
    p -= lr * buffer;
  }
  return p;
}

Deno.test("sgd takes PyTorch's steps with momentum, weight decay and a rate per group", () => {
  const [w, f] = run(GROUPS, 0.9, [
    [[0.3, -1], [2, 0]],
    [[-0.7, 0.2], [1, -4]],
    [[0.1, 0.1], [0, 0.5]],
  ]);
  assertAlmostEquals(w![0]!, reference(1, [0.3, -0.7, 0.1], 0.1, 0.01, 0.9), 1e-6);
  assertAlmostEquals(w![1]!, reference(-2, [-1, 0.2, 0.1], 0.1, 0.01, 0.9), 1e-6);
  assertAlmostEquals(f![0]!, reference(0.5, [2, 1, 0], 0.5, 0, 0.9), 1e-6);
  assertAlmostEquals(f![1]!, reference(3, [0, -4, 0.5], 0.5, 0, 0.9), 1e-6);
});

Deno.test("sgd computes these numbers by hand: two steps, momentum 0.9", () => {
  // step 1: g = 1 + 0.01 * 1 = 1.01, v = 1.01, w = 1 - 0.101 = 0.899
  // step 2: g = 1 + 0.00899 = 1.00899, v = 0.909 + 1.00899 = 1.91799, w = 0.899 - 0.191799 = 0.707201
  const [w] = run(GROUPS, 0.9, [[[1, 0], [0, 0]], [[1, 0], [0, 0]]]);
  assertAlmostEquals(w![0]!, 0.707201, 1e-6);
});

Deno.test("sgd without momentum holds no velocities", () => {
  const state = new Map([["w", tf.variable(tf.tensor1d([1, 2]))]]);
  const optimizer = createOptimizer(
    GROUPS,
    sgd(0),
    [parameter("w", "model")],
    state,
  );
  assertEquals(optimizer.state.size, 0);
  optimizer.step(new Map([["w", tf.tensor1d([1, 0])]]), 0.5);
  assertAlmostEquals(state.get("w")!.dataSync()[0]!, 1 - 0.05 * 1.01, 1e-6);
});

Deno.test("sgd scales the gradients of a group alike when their common norm is above its clipNorm", () => {
  const clipped = (clipNorm: number) => ({ ...GROUPS, mel: { lr: 1, weightDecay: 0, clipNorm } });
  const [w, f] = run(clipped(1), 0, [[[3, 0], [3, 4]]]);
  assertAlmostEquals(f![0]!, 0.5 - 3 / 5, 1e-6);
  assertAlmostEquals(f![1]!, 3 - 4 / 5, 1e-6);
  assertAlmostEquals(w![0]!, 1 - 0.1 * 3.01, 1e-6);
  const [, small] = run(clipped(10), 0, [[[3, 0], [3, 4]]]);
  assertAlmostEquals(small![1]!, -1, 1e-6);
});
