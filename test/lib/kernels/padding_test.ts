/** Padding changes nothing: a clip in a padded batch gives what it gives alone, on every backend. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { batchNorm } from "../../../lib/kernels/batch_norm/op.ts";
import { broadcastedBlock } from "../../../lib/kernels/broadcasted_block/op.ts";
import { inputConv } from "../../../lib/kernels/input_conv/op.ts";
import { lastConv } from "../../../lib/kernels/last_conv/op.ts";
import { bidirectionalLstm } from "../../../lib/kernels/lstm/op.ts";
import { pcen } from "../../../lib/kernels/pcen/op.ts";
import { transitionBlock } from "../../../lib/kernels/transition_block/op.ts";
import { onEveryBackend } from "../../support/backends.ts";
import { assertNear } from "./op_check.ts";

const LENGTHS = Int32Array.of(5, 11, 1, 8);
const [BATCH, FRAMES] = [LENGTHS.length, 11];
/** Relative to the largest value: sums of float32 in another order. */
const TOLERANCE = 5e-6;

interface PaddedCase {
  readonly name: string;
  /** Of `x`, and where its time is. */
  readonly shape: readonly number[];
  readonly axis: number;
  /** Where the time of the output is. */
  readonly outAxis: number;
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** Whether a gradient exists where statistics are fixed. */
  readonly trained: boolean;
  op(x: tf.Tensor, weights: Record<string, tf.Tensor>, validFrames?: Int32Array): tf.Tensor;
}

const BLOCK = { f: [8, 1, 3, 1], t: [8, 1, 1, 3], c: [8, 8, 1, 1] };

const CASES: readonly PaddedCase[] = [
  {
    name: "inputConv()",
    shape: [BATCH, 7, FRAMES],
    axis: 2,
    outAxis: 2,
    weights: { weight: [8, 1, 5, 5], bias: [8] },
    trained: true,
    op: (x, { weight, bias }, valid) =>
      inputConv(x as tf.Tensor3D, weight as tf.Tensor4D, bias as tf.Tensor1D, valid),
  },
  {
    name: "lastConv()",
    shape: [BATCH, 3, FRAMES, 4],
    axis: 2,
    outAxis: 2,
    weights: { weight: [4, 1, 3, 5], bias: [4] },
    trained: true,
    op: (x, { weight, bias }, valid) =>
      lastConv(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D, valid),
  },
  {
    name: "bidirectionalLstm()",
    shape: [BATCH, FRAMES, 9],
    axis: 1,
    outAxis: 1,
    weights: { wf: [32, 9], rf: [32, 8], bf: [32], wb: [32, 9], rb: [32, 8], bb: [32] },
    trained: true,
    op: (x, w, valid) => {
      const direction = (d: "f" | "b") => ({
        inputWeight: w[`w${d}`] as tf.Tensor2D,
        recurrentWeight: w[`r${d}`] as tf.Tensor2D,
        inputBias: w[`b${d}`] as tf.Tensor1D,
        recurrentBias: w[`b${d}`] as tf.Tensor1D,
      });
      return bidirectionalLstm(x as tf.Tensor3D, direction("f"), direction("b"), valid);
    },
  },
  {
    name: "pcen()",
    shape: [BATCH, 3, FRAMES],
    axis: 2,
    outAxis: 2,
    weights: { gain: [3], bias: [3], power: [3], smoothing: [3] },
    trained: true,
    op: (x, { gain, bias, power, smoothing }, valid) => {
      const curve = {
        gain: gain!,
        bias: tf.exp(bias!),
        power: tf.exp(power!),
        smoothing: tf.sigmoid(smoothing!),
      };
      return pcen(tf.square(x) as tf.Tensor3D, curve as Record<keyof typeof curve, tf.Tensor1D>, 1e-3, valid);
    },
  },
  {
    name: "broadcastedBlock() with fixed statistics",
    shape: [BATCH, 4, FRAMES, 8],
    axis: 2,
    outAxis: 2,
    weights: BLOCK,
    trained: false,
    op: (x, { f, t, c }, valid) =>
      withNorms([16, 8], ([ssn, bn2]) =>
        broadcastedBlock(
          x as tf.Tensor4D,
          {
            freq_dw_conv: f as tf.Tensor4D,
            temp_dw_conv: t as tf.Tensor4D,
            conv1x1_2: c as tf.Tensor4D,
            ssn: ssn!,
            bn2: bn2!,
          },
          { training: false, dilation: 2, groups: [2, 2], ...(valid && { validFrames: valid }) },
        )),
  },
  {
    name: "transitionBlock() with fixed statistics",
    shape: [BATCH, 7, FRAMES, 4],
    axis: 2,
    outAxis: 2,
    weights: { ...BLOCK, first: [8, 4, 1, 1] },
    trained: false,
    op: (x, { f, t, c, first }, valid) =>
      withNorms([8, 16, 8], ([bn1, ssn, bn2]) =>
        transitionBlock(
          x as tf.Tensor4D,
          {
            conv1x1_1: first as tf.Tensor4D,
            freq_dw_conv: f as tf.Tensor4D,
            temp_dw_conv: t as tf.Tensor4D,
            conv1x1_2: c as tf.Tensor4D,
            bn1: bn1!,
            ssn: ssn!,
            bn2: bn2!,
          },
          { training: false, dilation: 1, groups: [2, 2], strideF: 2, ...(valid && { validFrames: valid }) },
        )),
  },
];

for (const made of CASES) {
  onEveryBackend(`${made.name} gives a padded clip what it gives the clip alone`, async () => {
    const rng = Rng.fromSeed(made.name);
    const x = normal(rng.fork("x"), made.shape);
    const names = Object.keys(made.weights);
    const weights = Object.fromEntries(
      names.map((name) => [name, normal(rng.fork(name), made.weights[name]!)]),
    );
    const whole = tf.tidy(() => made.op(x, weights, LENGTHS));
    const dy = normal(rng.fork("dy"), whole.shape);
    const gradients = (given: tf.Tensor, dGiven: tf.Tensor, valid?: Int32Array) =>
      tf.tidy(() =>
        tf.grads((first, ...rest) =>
          made.op(first!, Object.fromEntries(names.map((name, i) => [name, rest[i]!])), valid)
        )([given, ...names.map((name) => weights[name]!)], dGiven)
      );
    const found = made.trained ? gradients(x, dy, LENGTHS) : [];
    const sums: tf.Tensor[] = [];
    for (const [clip, count] of LENGTHS.entries()) {
      const [own, ownDy] = [cut(x, made.axis, clip, 0, count), cut(dy, made.outAxis, clip, 0, count)];
      const alone = tf.tidy(() => made.op(own, weights));
      const seen = cut(whole, made.outAxis, clip, 0, count);
      assertNear(await seen.data(), await alone.data(), TOLERANCE, `clip ${clip}`);
      await assertZero(cut(whole, made.outAxis, clip, count, FRAMES), `padding of clip ${clip}`);
      if (made.trained) {
        const [dx, ...dWeights] = gradients(own, ownDy) as [tf.Tensor, ...tf.Tensor[]];
        const seenDx = cut(found[0]!, made.axis, clip, 0, count);
        assertNear(await seenDx.data(), await dx.data(), TOLERANCE, `gradient of clip ${clip}`);
        await assertZero(
          cut(found[0]!, made.axis, clip, count, FRAMES),
          `gradient in the padding of ${clip}`,
        );
        dWeights.forEach((d, i) => sums[i] = sums[i] === undefined ? d : tf.add(sums[i]!, d));
      }
    }
    for (const [i, sum] of sums.entries()) {
      assertNear(await found[i + 1]!.data(), await sum.data(), TOLERANCE, `gradient of ${names[i]}`);
    }
    tf.disposeVariables();
  });
}

for (const groups of [[6], [3, 2, 1]]) {
  onEveryBackend(`batchNorm() of rows [${groups}] takes statistics over what is not padding`, async () => {
    const size = [4 * groups.length];
    const rng = Rng.fromSeed("batchNorm");
    const x = normal(rng.fork("x"), [BATCH, 6, FRAMES, 4]) as tf.Tensor4D;
    const affine = {
      weight: normal(rng.fork("weight"), size) as tf.Tensor1D,
      bias: normal(rng.fork("bias"), size) as tf.Tensor1D,
    };
    // What counts, as one clip: where a value stands does not matter to its statistics.
    const joined = joinedFrames(x);
    const results = [[x, LENGTHS], [joined, undefined]].map(
      ([input, validFrames]): Record<string, tf.Tensor> => {
        const running = {
          runningMean: tf.variable(tf.zeros(size), false),
          runningVar: tf.variable(tf.ones(size), false),
        };
        const options = {
          training: true,
          groups,
          ...(validFrames && { validFrames: validFrames as Int32Array }),
        };
        const dy = normal(rng.fork("dy"), [BATCH, 6, FRAMES, 4]) as tf.Tensor4D;
        const { value, grads } = tf.valueAndGrads((given, weight, bias) =>
          batchNorm(given as tf.Tensor4D, { ...running, affine: { weight, bias } as typeof affine }, options)
        )([input as tf.Tensor, affine.weight, affine.bias], validFrames ? dy : joinedFrames(dy));
        const join = (y: tf.Tensor) => validFrames ? joinedFrames(y as tf.Tensor4D) : y;
        return {
          y: join(value),
          dx: join(grads[0]!),
          dWeight: grads[1]!,
          dBias: grads[2]!,
          ...running,
        };
      },
    );
    const [padded, alone] = results;
    for (const [name, wanted] of Object.entries(alone!)) {
      assertNear(await padded![name]!.data(), await wanted.data(), 1e-5, name);
    }
    tf.disposeVariables();
  });
}

Deno.test("an operation refuses numbers of frames that do not fit", () => {
  const weights = [tf.ones([8, 1, 5, 5]), tf.ones([8])] as [tf.Tensor4D, tf.Tensor1D];
  const attempt = (...valid: number[]) =>
    inputConv(tf.ones<tf.Rank.R3>([2, 7, 5]), ...weights, Int32Array.from(valid));
  assertThrows(() => attempt(5), RangeError, "inputConv: 1 numbers of frames for 2 clips");
  assertThrows(() => attempt(5, 6), RangeError, "inputConv: a clip has 6 valid frames, wanted 1 to 5");
  assertThrows(() => attempt(0, 5), RangeError, "inputConv: a clip has 0 valid frames, wanted 1 to 5");
});

type Norm = Parameters<typeof batchNorm>[1];

/** Normalisations with fixed, uneven statistics. */
function withNorms(sizes: readonly number[], use: (norms: Norm[]) => tf.Tensor): tf.Tensor {
  const uneven = (size: number, from: number) => tf.linspace(from, from + 1, size);
  const norms = sizes.map((size) => ({
    affine: { weight: uneven(size, 0.5), bias: uneven(size, -0.3) },
    runningMean: tf.variable(uneven(size, -0.5), false),
    runningVar: tf.variable(uneven(size, 0.7), false),
  }));
  const y = use(norms);
  for (const { runningMean, runningVar } of norms) tf.dispose([runningMean, runningVar]);
  return y;
}

/** `[B, F, T, C]` to `[1, F, all frames that count, C]`. */
function joinedFrames(x: tf.Tensor4D): tf.Tensor4D {
  return tf.concat(Array.from(LENGTHS, (count, clip) => cut(x, 2, clip, 0, count) as tf.Tensor4D), 2);
}

function cut(x: tf.Tensor, axis: number, clip: number, from: number, to: number): tf.Tensor {
  const begin = x.shape.map((_, i) => (i === 0 ? clip : i === axis ? from : 0));
  const size = x.shape.map((n, i) => (i === 0 ? 1 : i === axis ? to - from : n));
  return tf.slice(x, begin, size);
}

async function assertZero(x: tf.Tensor, what: string): Promise<void> {
  const values = await x.data();
  assert(values.every((v) => v === 0), `${what} is not zero`);
  assertEquals(values.length, x.size);
}

function normal(rng: Rng, shape: readonly number[]): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => rng.normal()), [...shape]);
}
