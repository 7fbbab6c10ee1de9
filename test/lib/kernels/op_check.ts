/** Checks an operation and its gradients against a reference in float64, whose gradients are finite differences. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { type Dense, dense } from "./reference.ts";

export interface OpCase {
  readonly name: string;
  /** Shapes of the operands; the last number range is for values that must be positive. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Operands drawn from [0.2, 1.2) and not from a normal distribution. */
  readonly positive?: readonly string[];
  /** Operands without gradient. */
  readonly constant?: readonly string[];
  op(tensors: Record<string, tf.Tensor>): tf.Tensor;
  reference(operands: Record<string, Dense>): Dense;
}

/**
 * Tolerances relative to the largest value: float32 keeps 6e-8 a step, sums here have at most some hundred terms;
 * the webgpu shaders' exp and log keep less.
 */
const FORWARD = 5e-6;
const BACKWARD = 2e-5;

export async function checkOp(made: OpCase): Promise<void> {
  const rng = Rng.fromSeed(made.name);
  const operands = Object.fromEntries(
    Object.entries(made.inputs).map(([name, shape]) => {
      const own = rng.fork(name);
      const draw = made.positive?.includes(name) ? () => own.uniform(0.2, 1.2) : () => own.normal();
      return [name, dense(shape, () => Math.fround(draw()))];
    }),
  );
  const wanted = made.reference(operands);
  const weights = dense(wanted.shape, () => Math.fround(rng.normal()));
  const trained = Object.keys(made.inputs).filter((name) => !made.constant?.includes(name));

  const tensors = Object.fromEntries(
    Object.entries(operands).map(([name, x]) => [name, tensorOf(x)]),
  );
  const before = tf.memory().numTensors;
  const output = tf.tidy(() => made.op(tensors));
  assertEquals(output.shape, [...wanted.shape], "shape");
  assertNear(await output.data(), wanted.values, FORWARD, "forward");

  const gradients = tf.tidy(() =>
    tf.grads((...given: tf.Tensor[]) => {
      const named = { ...tensors, ...Object.fromEntries(trained.map((name, i) => [name, given[i]!])) };
      return tf.sum(tf.mul(made.op(named), tensorOf(weights)));
    })(trained.map((name) => tensors[name]!))
  );
  for (const [i, name] of trained.entries()) {
    const numeric = finiteDifferences(made, operands, name, weights);
    assertNear(await gradients[i]!.data(), numeric, BACKWARD, `gradient of ${name}`);
  }
  tf.dispose([output, ...gradients]);
  assertEquals(tf.memory().numTensors, before, "tensors left over");
  tf.dispose(tensors);
}

export function tensorOf(x: Dense): tf.Tensor {
  return tf.tensor(Float32Array.from(x.values), [...x.shape], "float32");
}

/** @param tolerance Relative to the largest value wanted. */
export function assertNear(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assertEquals(actual.length, wanted.length, `${what}: size`);
  let [worst, at, scale] = [0, 0, 1e-30];
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(actual[i]! - wanted[i]!);
    if (!(error <= worst)) [worst, at] = [error, i];
    scale = Math.max(scale, Math.abs(wanted[i]!));
  }
  assert(worst <= tolerance * scale, `${what}: at ${at} found ${actual[at]}, wanted ${wanted[at]}`);
}

function finiteDifferences(
  made: OpCase,
  operands: Record<string, Dense>,
  name: string,
  weights: Dense,
): Float64Array {
  const x = operands[name]!;
  const score = (values: Float64Array) => {
    const y = made.reference({ ...operands, [name]: { shape: x.shape, values } });
    return y.values.reduce((sum, v, i) => sum + v * weights.values[i]!, 0);
  };
  const step = 1e-5;
  return x.values.map((value, i) => {
    const [up, down] = [x.values.slice(), x.values.slice()];
    up[i] = value + step;
    down[i] = value - step;
    return (score(up) - score(down)) / (2 * step);
  });
}
