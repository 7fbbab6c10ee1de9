/** Each kernel of the table computes in onnxruntime-web what TensorFlow.js computes. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { WAVEFORM } from "../../../lib/nn/representation.ts";
import { KERNELS } from "../../../lib/onnx/kernels/table.ts";
import { inOnnxRuntimeWeb } from "../../onnx/onnx_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { distance, type Exported, exportedBy } from "./networks.ts";

/** Of a value, as a share of the largest. */
const TOLERANCE = 1e-5;
const SAMPLES = 64;

type Op = (x: tf.Tensor4D) => tf.Tensor;
const values = (...shape: number[]) =>
  tf.tensor(tf.range(1, 1 + shape.reduce((n, m) => n * m)).div(7).cos().dataSync(), shape);
const positive = (op: (x: tf.Tensor) => tf.Tensor): Op => (x) => op(tf.add(tf.abs(x), 0.001));

/** On `[batch, 4, 4, 4]`; each name is a kernel's. */
const OPS: Readonly<Record<string, Op>> = {
  Abs: (x) => tf.abs(x),
  Add: (x) => tf.add(x, values(4, 1)),
  AddN: (x) => tf.addN([x, tf.relu(x), x]),
  AvgPool: (x) => tf.avgPool(x, [4, 1], 1, "valid"),
  BatchMatMul: (x) => tf.matMul(tf.reshape(x, [-1, 16]), values(5, 16) as tf.Tensor2D, false, true),
  Cast: (x) => tf.cast(x, "float32"),
  ClipByValue: (x) => tf.clipByValue(x, -0.05, 0.1),
  Concat: (x) => tf.concat([x, tf.relu(x)], -1),
  Conv2D: (x) => tf.conv2d(x, values(3, 2, 4, 5) as tf.Tensor4D, [2, 1], [[0, 0], [1, 1], [1, 0], [0, 0]]),
  DepthwiseConv2dNative: (x) =>
    tf.depthwiseConv2d(x, values(1, 3, 4, 1) as tf.Tensor4D, 1, [[0, 0], [0, 0], [2, 2], [0, 0]], "NHWC", [
      1,
      2,
    ]),
  Exp: (x) => tf.exp(x),
  ExpandDims: (x) => tf.expandDims(x, 2),
  Expm1: (x) => tf.expm1(x),
  Identity: (x) => tf.clone(x),
  Log: positive((x) => tf.log(x)),
  Log1p: positive((x) => tf.log1p(x)),
  Max: (x) => tf.max(x, [1, 3]),
  Maximum: (x) => tf.maximum(x, 0.02),
  Mean: (x) => tf.mean(x, 2, true),
  Min: (x) => tf.min(x, -1),
  Minimum: (x) => tf.minimum(values(4), x),
  Multiply: (x) => tf.mul(x, tf.transpose(x, [0, 2, 1, 3])),
  Neg: (x) => tf.neg(x),
  Pack: (x) => tf.stack([x, tf.neg(x)], 1),
  PadV2: (x) => tf.pad(tf.transpose(x, [0, 3, 1, 2]), [[0, 0], [1, 0], [0, 2], [0, 0]], 0.5),
  Pow: positive((x) => tf.pow(x, 0.3)),
  RealDiv: (x) => tf.div(1, tf.add(tf.abs(x), 1)),
  Reciprocal: positive((x) => tf.reciprocal(x)),
  Relu: (x) => tf.relu(x),
  Reshape: (x) => tf.reshape(tf.transpose(x, [0, 3, 2, 1]), [x.shape[0], 2, 32]),
  Reverse: (x) => tf.reverse(tf.transpose(x, [0, 2, 3, 1]), [1, 3]),
  Rsqrt: positive((x) => tf.rsqrt(x)),
  Sigmoid: (x) => tf.sigmoid(x),
  Slice: (x) => tf.slice(x, [0, 1, 0, 2], [-1, 2, 4, 2]),
  SplitV: (x) => tf.split(x, 2, 2)[1]!,
  Sqrt: positive((x) => tf.sqrt(x)),
  Square: (x) => tf.square(x),
  Sub: (x) => tf.sub(1, x),
  Sum: (x) => tf.sum(x, [2, 3]),
  Tanh: (x) => tf.tanh(x),
  Transpose: (x) => tf.transpose(x, [0, 3, 1, 2]),
  ZerosLike: (x) => tf.add(tf.zerosLike(x), tf.max(x, 3, true)),
};

Deno.test("each kernel of the table is tried", () => {
  assertEquals(Object.keys(OPS).sort(), Object.keys(KERNELS).sort());
});

Deno.test("kernels give the same in onnxruntime-web", async (t) => {
  await openBackend("cpu");
  await using folder = tempDir();
  const made: Exported[] = [];
  for (const [name, op] of Object.entries(OPS)) {
    made.push(
      await exportedBy(
        folder.path,
        name,
        { build: () => Promise.resolve(networkOf(op)), clipSamples: SAMPLES },
        "clip",
        SAMPLES,
      ),
    );
  }
  const results = await inOnnxRuntimeWeb(made.map((own) => own.case));
  for (const [i, own] of made.entries()) {
    await t.step(own.name, () => {
      const apart = distance(own, results[i]!);
      assert(apart < TOLERANCE, `${apart} apart`);
    });
  }
});

/** Waves of 64 samples as images of four by four by four, and what an operation makes of them as logits. */
function networkOf(op: Op): Network {
  const classes = tf.tidy(() => op(tf.zeros([1, 4, 4, 4])).size);
  return {
    head: "clip",
    classes,
    steps: [],
    representations: [WAVEFORM],
    frozen: 0,
    shown: 0,
    framing: { frames: (samples) => samples, hopSamples: 1, beyond: { samples: 0, are: "zeros" } },
    specs: [],
    frozenSpecs: [],
    forward: (_state, wave) => {
      const x = tf.transpose(tf.reshape(wave, [wave.shape[0]!, 4, 4, 4]), [0, 2, 1, 3]) as tf.Tensor4D;
      const y = op(x);
      return tf.reshape(y, [wave.shape[0]!, classes]);
    },
    transform: (_state, x) => x,
    project: () => {},
  };
}
