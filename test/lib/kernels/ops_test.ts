/** Every operation on every backend: values, gradients, odd sizes, no tensor left over. */
import * as tf from "@tensorflow/tfjs";
import { bandEnergies } from "../../../lib/kernels/band_energies/op.ts";
import { batchNorm } from "../../../lib/kernels/batch_norm/op.ts";
import { broadcastResidual } from "../../../lib/kernels/broadcast_residual/op.ts";
import { depthwiseConv } from "../../../lib/kernels/depthwise_conv/op.ts";
import { depthwiseFrequency } from "../../../lib/kernels/depthwise_frequency/op.ts";
import { depthwiseTime } from "../../../lib/kernels/depthwise_time/op.ts";
import { framedPower } from "../../../lib/kernels/framed_power/op.ts";
import { frequencyMean } from "../../../lib/kernels/frequency_mean/op.ts";
import { inputConv } from "../../../lib/kernels/input_conv/op.ts";
import { lastConv } from "../../../lib/kernels/last_conv/op.ts";
import { linear } from "../../../lib/kernels/linear/op.ts";
import { melLog } from "../../../lib/kernels/mel_log/op.ts";
import { patches } from "../../../lib/kernels/patches/op.ts";
import { pointwiseConv } from "../../../lib/kernels/pointwise_conv/op.ts";
import { softmaxCrossEntropy } from "../../../lib/kernels/softmax_cross_entropy/op.ts";
import { swish } from "../../../lib/kernels/swish/op.ts";
import { timeMedian } from "../../../lib/kernels/time_median/op.ts";
import { onEveryBackend } from "../../support/backends.ts";
import { checkOp, type OpCase } from "./op_check.ts";
import * as reference from "./reference.ts";
import type { Dense } from "./reference.ts";

type Tensors = Record<string, tf.Tensor>;
type Operands = Record<string, Dense>;

const cases: OpCase[] = [
  {
    name: "linear() with bias",
    inputs: { x: [3, 7], weight: [5, 7], bias: [5] },
    op: ({ x, weight, bias }) => linear(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D),
    reference: ({ x, weight, bias }) => reference.linear(x!, weight!, bias),
  },
  ...[[1, 1, 256], [4, 3, 261], [5, 2, 263]].map(([batch, out, inner]): OpCase => ({
    name: `linear() of rows of ${inner}, ${batch} by ${out}`,
    inputs: { x: [batch!, inner!], weight: [out!, inner!], ...(out! > 1 && { bias: [out!] }) },
    op: ({ x, weight, bias }) =>
      linear(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D | undefined),
    reference: ({ x, weight, bias }) => reference.linear(x!, weight!, bias),
  })),
  {
    name: "inputConv() of two channels",
    inputs: { x: [1, 2, 5, 4], weight: [2, 2, 5, 5], bias: [2] },
    op: ({ x, weight, bias }) => inputConv(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D),
    reference: ({ x, weight, bias }) => reference.inputConvOfChannels(x!, weight!, bias!),
  },
  {
    name: "timeMedian() of an even number of frames",
    inputs: { x: [2, 3, 8] },
    op: ({ x }) => timeMedian(x as tf.Tensor3D),
    reference: ({ x }) => reference.timeMedian(x!, [8, 8]),
  },
  {
    name: "timeMedian() of clips that are padded",
    inputs: { x: [4, 2, 9] },
    op: ({ x }) => timeMedian(x as tf.Tensor3D, Int32Array.of(9, 4, 1, 7)),
    reference: ({ x }) => reference.timeMedian(x!, [9, 4, 1, 7]),
  },
  {
    name: "linear() of one value",
    inputs: { x: [1, 1], weight: [1, 1] },
    op: ({ x, weight }) => linear(x as tf.Tensor2D, weight as tf.Tensor2D),
    reference: ({ x, weight }) => reference.linear(x!, weight!),
  },
  {
    name: "swish()",
    inputs: { x: [2, 3, 5] },
    op: ({ x }) => swish(x!),
    reference: ({ x }) => reference.swish(x!),
  },
  {
    name: "frequencyMean()",
    inputs: { x: [2, 3, 5, 4] },
    op: ({ x }) => frequencyMean(x as tf.Tensor4D),
    reference: ({ x }) => reference.frequencyMean(x!),
  },
  {
    name: "frequencyMean() of one row",
    inputs: { x: [1, 1, 3, 2] },
    op: ({ x }) => frequencyMean(x as tf.Tensor4D),
    reference: ({ x }) => reference.frequencyMean(x!),
  },
  {
    name: "pointwiseConv()",
    inputs: { x: [2, 3, 4, 5], weight: [7, 5, 1, 1] },
    op: ({ x, weight }) => pointwiseConv(x as tf.Tensor4D, weight as tf.Tensor4D),
    reference: ({ x, weight }) => reference.pointwiseConv(x!, weight!),
  },
  ...[4, 7].map((out): OpCase => ({
    name: `pointwiseConv() with bias to ${out} channels`,
    inputs: { x: [2, 3, 4, 9], weight: [out, 9, 1, 1], bias: [out] },
    op: ({ x, weight, bias }) => pointwiseConv(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D),
    reference: ({ x, weight, bias }) => {
      const y = reference.pointwiseConv(x!, weight!);
      return reference.dense(
        y.shape,
        ([b, f, t, c]) => reference.get(y, b!, f!, t!, c!) + reference.get(bias!, c!),
      );
    },
  })),
  // Rows, frames, channels, height, width, dilation, steps over frequency and time.
  ...[
    [1, 11, 4, 1, 5, 1, 1, 1],
    [1, 11, 8, 1, 5, 2, 1, 1],
    [5, 6, 4, 3, 3, 1, 1, 1],
    [5, 6, 4, 3, 3, 1, 2, 2],
    [4, 9, 4, 3, 3, 1, 2, 2],
    [2, 3, 7, 3, 3, 1, 1, 1],
    [1, 9, 6, 1, 3, 1, 1, 2],
    [2, 3, 3, 3, 3, 1, 1, 1],
  ].map(([rows, frames, channels, height, width, dilationT, strideF, strideT]): OpCase => ({
    name: `depthwiseConv() of ${height} by ${width} over [${rows}, ${frames}, ${channels}], ` +
      `dilation ${dilationT}, steps ${strideF} and ${strideT}`,
    inputs: {
      x: [2, rows!, frames!, channels!],
      weight: [channels!, 1, height!, width!],
      ...(channels === 4 && { bias: [channels] }),
    },
    op: ({ x, weight, bias }) =>
      depthwiseConv(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D | undefined, {
        strideF: strideF!,
        strideT: strideT!,
        dilationT: dilationT!,
      }),
    reference: ({ x, weight, bias }) =>
      reference.depthwise(x!, weight!, {
        strideF: strideF!,
        strideT: strideT!,
        padF: (height! - 1) / 2,
        padT: (width! - 1) / 2 * dilationT!,
        dilationT: dilationT!,
      }, bias),
  })),
  ...[[5, 7, 2, 2], [4, 6, 2, 2], [5, 6, 1, 2], [1, 1, 2, 2]].map((
    [bands, frames, strideF, strideT],
  ): OpCase => ({
    name: `patches() of ${bands} bands and ${frames} frames, steps ${strideF} and ${strideT}`,
    inputs: { x: [2, bands!, frames!] },
    op: ({ x }) => patches(x as tf.Tensor3D, { height: 4, width: 5, strideF: strideF!, strideT: strideT! }),
    reference: ({ x }) =>
      reference.dense(
        [2, Math.ceil(bands! / strideF!), Math.ceil(frames! / strideT!), 20],
        ([b, f, t, k]) =>
          reference.get(
            x!,
            b!,
            f! * strideF! + Math.floor(k! / 5) - 1,
            t! * strideT! + k! % 5 - 2,
          ),
      ),
  })),
  {
    name: "bandEnergies()",
    inputs: { spectrum: [2, 5, 9], bank: [3, 9] },
    op: ({ spectrum, bank }) => bandEnergies(spectrum as tf.Tensor3D, bank as tf.Tensor2D),
    reference: ({ spectrum, bank }) => reference.bandEnergies(spectrum!, bank!),
  },
  ...[[5, 3], [3, 5], [6, 11]].map(([frames, bands]): OpCase => ({
    name: `melLog() of ${frames} frames in ${bands} bands`,
    inputs: { power: [2, frames!, 9], basis: [bands!, 9] },
    positive: ["power", "basis"],
    op: ({ power, basis }) => melLog(power as tf.Tensor3D, basis as tf.Tensor2D),
    reference: ({ power, basis }) => reference.melLog(power!, basis!),
  })),
  {
    name: "softmaxCrossEntropy()",
    inputs: { logits: [3, 5] },
    op: ({ logits }) => softmaxCrossEntropy(logits as tf.Tensor2D, tf.tensor1d([4, 0, 2], "int32")),
    reference: ({ logits }) => reference.softmaxCrossEntropy(logits!, [4, 0, 2]),
  },
  ...[true, false].map((withIdentity): OpCase => ({
    name: `broadcastResidual() ${withIdentity ? "with" : "without"} identity`,
    inputs: {
      twoD: [2, 3, 5, 4],
      oneD: [2, 1, 5, 4],
      ...(withIdentity ? { identity: [2, 3, 5, 4] } : {}),
    },
    op: ({ twoD, oneD, identity }) =>
      broadcastResidual(twoD as tf.Tensor4D, oneD as tf.Tensor4D, identity as tf.Tensor4D | undefined),
    reference: ({ twoD, oneD, identity }) => reference.broadcastResidual(twoD!, oneD!, identity),
  })),
  ...[[6, 1], [6, 2], [5, 2], [1, 1], [2, 2]].map(([rows, stride]): OpCase => ({
    name: `depthwiseFrequency() of ${rows} rows with stride ${stride}`,
    inputs: { x: [2, rows!, 3, 4], weight: [4, 1, 3, 1] },
    op: ({ x, weight }) => depthwiseFrequency(x as tf.Tensor4D, weight as tf.Tensor4D, stride as 1 | 2),
    reference: ({ x, weight }) =>
      reference.depthwise(x!, weight!, { strideF: stride!, padF: 1, padT: 0, dilationT: 1 }),
  })),
  ...[1, 2, 4, 8].map((dilation): OpCase => ({
    name: `depthwiseTime() with dilation ${dilation}`,
    inputs: { x: [2, 1, 11, 4], weight: [4, 1, 1, 3] },
    op: ({ x, weight }) => depthwiseTime(x as tf.Tensor4D, weight as tf.Tensor4D, dilation),
    reference: ({ x, weight }) =>
      reference.depthwise(x!, weight!, { strideF: 1, padF: 0, padT: dilation, dilationT: dilation }),
  })),
  ...[1, 2, 8].map((dilation): OpCase => ({
    name: `depthwiseTime() of the past alone with dilation ${dilation}`,
    inputs: { x: [2, 1, 11, 4], weight: [4, 1, 1, 3] },
    op: ({ x, weight }) => depthwiseTime(x as tf.Tensor4D, weight as tf.Tensor4D, dilation, true),
    reference: ({ x, weight }) =>
      reference.depthwise(x!, weight!, {
        strideF: 1,
        padF: 0,
        padT: 2 * dilation,
        dilationT: dilation,
        causal: true,
      }),
  })),
  {
    name: "lastConv() of the past alone",
    inputs: { x: [2, 3, 6, 4], weight: [4, 1, 3, 5], bias: [4] },
    op: ({ x, weight, bias }) =>
      lastConv(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D, undefined, true),
    reference: ({ x, weight, bias }) =>
      reference.depthwise(
        x!,
        weight!,
        { strideF: 1, padF: 0, padT: 4, dilationT: 1, causal: true },
        bias,
      ),
  },
  {
    name: "inputConv() of the past alone",
    inputs: { x: [2, 7, 6], weight: [8, 1, 5, 5], bias: [8] },
    op: ({ x, weight, bias }) =>
      inputConv(x as tf.Tensor3D, weight as tf.Tensor4D, bias as tf.Tensor1D, undefined, true),
    reference: ({ x, weight, bias }) => reference.inputConv(x!, weight!, bias!, 4),
  },
  ...[1, 2, 5].map((rows): OpCase => ({
    name: `lastConv() of ${rows} rows`,
    inputs: { x: [2, rows, 6, 4], weight: [4, 1, rows, 5], bias: [4] },
    op: ({ x, weight, bias }) => lastConv(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D),
    reference: ({ x, weight, bias }) =>
      reference.depthwise(x!, weight!, { strideF: 1, padF: 0, padT: 2, dilationT: 1 }, bias),
  })),
  ...[8, 7].map((bands): OpCase => ({
    name: `inputConv() of ${bands} bands`,
    inputs: { x: [2, bands, 6], weight: [3, 1, 5, 5], bias: [3] },
    op: ({ x, weight, bias }) => inputConv(x as tf.Tensor3D, weight as tf.Tensor4D, bias as tf.Tensor1D),
    reference: ({ x, weight, bias }) => reference.inputConv(x!, weight!, bias!),
  })),
  ...[[12, 4], [10, 4], [8, 8], [5, 8], [9, 3], [12, 5]].map(([nFft, hop]): OpCase => ({
    name: `framedPower() with a window of ${nFft} and a hop of ${hop}`,
    inputs: { wave: [2, 31], wcos: [4, 1, nFft!], wsin: [4, 1, nFft!] },
    constant: ["wave"],
    op: ({ wave, wcos, wsin }) =>
      framedPower(wave as tf.Tensor2D, wcos as tf.Tensor3D, wsin as tf.Tensor3D, {
        hopSamples: hop!,
        powerEpsilon: 0.25,
      }),
    reference: ({ wave, wcos, wsin }) => reference.framedPower(wave!, wcos!, wsin!, hop!, 0.25),
  })),
  ...[[6], [2, 2, 2], [3, 2, 1], [1, 1, 1, 1, 1, 1]].flatMap((groups): OpCase[] =>
    [true, false].map((affine) => ({
      name: `batchNorm() of rows [${groups}] ${affine ? "with" : "without"} affine parameters`,
      inputs: {
        x: [3, 6, 5, 4],
        ...(affine ? { weight: [4 * groups.length], bias: [4 * groups.length] } : {}),
      },
      op: (tensors: Tensors) => normalise(tensors, groups, true),
      reference: ({ x, weight, bias }: Operands) =>
        reference.batchNorm(x!, groups, weight && bias ? { weight, bias } : undefined),
    }))
  ),
  {
    name: "batchNorm() with fixed statistics",
    inputs: { x: [2, 5, 3, 4], weight: [8], bias: [8], mean: [8], variance: [8] },
    positive: ["variance"],
    constant: ["mean", "variance"],
    op: (tensors: Tensors) => normalise(tensors, [3, 2], false),
    reference: ({ x, weight, bias, mean, variance }: Operands) =>
      reference.batchNorm(x!, [3, 2], { weight: weight!, bias: bias! }, { mean: mean!, variance: variance! }),
  },
];

for (const made of cases) onEveryBackend(`${made.name} equals the reference`, () => checkOp(made));

function normalise(tensors: Tensors, groups: readonly number[], training: boolean): tf.Tensor {
  const { x, weight, bias, mean, variance } = tensors;
  const size = [x!.shape[3]! * groups.length];
  const runningMean = tf.variable(mean ?? tf.zeros(size), false);
  const runningVar = tf.variable(variance ?? tf.ones(size), false);
  const affine = weight && bias
    ? { affine: { weight: weight as tf.Tensor1D, bias: bias as tf.Tensor1D } }
    : {};
  const y = batchNorm(x as tf.Tensor4D, { ...affine, runningMean, runningVar }, { training, groups });
  tf.dispose([runningMean, runningVar]);
  return y;
}
