/** Plain arrays compute what TensorFlow.js computes, operation by operation. */
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import * as plain from "../../../lib/package/plain_tensors.ts";
import { openForTest } from "../../support/backends.ts";

/** Written once, computed by both. */
type Compute = (t: typeof tf, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const OPERATIONS: Readonly<Record<string, Compute>> = {
  add: (t, a, b) => t.add(a, b),
  sub: (t, a, b) => t.sub(a, b),
  mul: (t, a, b) => t.mul(a, b),
  div: (t, a, b) => t.div(a, b),
  minimum: (t, a, b) => t.minimum(a, b),
  maximum: (t, a) => t.maximum(a, 0.1),
  less: (t, a, b) => t.cast(t.less(a, b), "float32"),
  "less or equal": (t, a) => t.cast(t.lessEqual(t.abs(a), 0.5), "float32"),
  equal: (t, a) => t.cast(t.equal(a, a), "float32"),
  "and, or": (t, a, b) =>
    t.cast(t.logicalOr(t.less(a, b), t.logicalAnd(t.less(a, 0), t.equal(b, b))), "float32"),
  exp: (t, a) => t.exp(t.mul(t.square(a), -2)),
  relu: (t, a) => t.relu(a),
  reciprocal: (t, a) => t.reciprocal(a),
  clip: (t, a) => t.clipByValue(a, -0.25, 0.5),
  sum: (t, a) => t.sum(a, 1),
  matMul: (t, a) => t.matMul(a as tf.Tensor2D, t.reshape(a, [5, 3]) as tf.Tensor2D),
  "reshape with a size left open": (t, a) => t.reshape(a, [-1, 1]),
  "pad and concat": (t, a) =>
    t.concat([t.pad(a, [[0, 0], [0, 1]]), t.pad(t.ones([1, 1]), [[0, 0], [5, 0]])], 0),
  "concat of columns": (t, a, b) => t.concat([a, t.onesLike(a), t.tile(t.reshape(b, [1, 5]), [3, 2])], 1),
  slice: (t, a) => t.slice(a, [1, 2], [2, 3]),
  "slice of a list": (t, _, b) => t.slice(b as tf.Tensor1D, 1, 3),
  reverse: (t, a) => t.reverse(a, 1),
  "sines and cosines": (t, a) => t.mul(t.sin(t.mul(a, 3)), t.cos(t.sub(t.mul(a, 7), t.round(t.mul(a, 7))))),
  expandDims: (t, a, b) => t.add(t.expandDims(a, 1), t.expandDims(b, 0)),
  tensor2d: (t) => t.tensor2d([1, 2, 3, 4], [2, 2]),
  range: (t, a) => t.add(a, t.reshape(t.range(0, 3), [3, 1])),
  "tidy and clone": (t, a) => t.tidy(() => t.clone(a)),
  "a variable, assigned": (t, a, b) => {
    const made = t.variable(a);
    made.assign(t.mul(made, b));
    return made as tf.Tensor;
  },
};

for (const [name, compute] of Object.entries(OPERATIONS)) {
  Deno.test(`plain tensors: ${name}`, async () => {
    await openForTest("cpu");
    const rng = Rng.fromSeed(name);
    const [a, b] = [values(15, rng), values(5, rng)];
    const wanted = compute(tf, tf.tensor(a, [3, 5]), tf.tensor(b, [5]));
    const found = compute(
      plain as unknown as typeof tf,
      plain.tensor(a, [3, 5]) as unknown as tf.Tensor,
      plain.tensor(b) as unknown as tf.Tensor,
    );
    assertEquals(found.shape, wanted.shape);
    const [theirs, own] = [await wanted.data(), await found.data()];
    theirs.forEach((value, i) => assertAlmostEquals(own[i]!, value, 1e-6 * Math.max(1, Math.abs(value))));
  });
}

Deno.test("plain tensors: sizes that do not fit are refused", () => {
  assertThrows(() => plain.tensor([1, 2], [3]), RangeError, "Cannot make a tensor of 2 values: wanted [3]");
  assertThrows(
    () => plain.add(plain.tensor([1, 2]), plain.tensor([1, 2, 3])),
    RangeError,
    "Cannot match [2] and [3]",
  );
  assertThrows(
    () => plain.variable(plain.tensor([1, 2])).assign(plain.tensor([1])),
    RangeError,
    "Cannot assign [1]",
  );
});

function values(count: number, rng: Rng): Float32Array {
  return Float32Array.from({ length: count }, () => rng.uniform(-1, 1));
}
