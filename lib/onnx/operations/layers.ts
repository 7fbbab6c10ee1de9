/** Operations of models: convolutions with a stride, normalisation, biases, medians. */
import type { batchNormComposite } from "../../kernels/batch_norm/composite.ts";
import type { depthwiseConvComposite } from "../../kernels/depthwise_conv/composite.ts";
import type { patchesComposite } from "../../kernels/patches/composite.ts";
import { combined } from "../kernels/elementwise.ts";
import { CHANNELS_SECOND, convolution } from "../kernels/products.ts";
import { type Call, constant, operandsOf, value, type Write } from "../write/call.ts";
import { fixed } from "../write/lengths.ts";
import type { Writer } from "../write/writer.ts";

/** Each channel by itself. */
export const depthwiseConv: Write = (writer, call) => {
  const { shape, data } = constant(call, "1");
  const [channels, , height, width] = shape as [number, number, number, number];
  const [operands] = operandsOf<Parameters<typeof depthwiseConvComposite>>(call);
  const [, , , { strideF, strideT, dilationT }] = operands!;
  const [padF, padT] = [(height - 1) / 2, (width - 1) / 2 * dilationT];
  const name = convolution(
    writer,
    writer.ordered(value(call, "0"), CHANNELS_SECOND),
    writer.constant(data, shape),
    biasOf(writer, call),
    {
      strides: [strideF, strideT],
      dilations: [1, dilationT],
      pads: [padF, padT, padF, padT],
      group: channels,
    },
  );
  return [{ name, shape: call.outputs[0]!, order: CHANNELS_SECOND }];
};

/** `[out, in, 1, 1]` over `[B, F, T, in]`. */
export const pointwiseConv: Write = (writer, call) => {
  const { data, shape } = constant(call, "1");
  const x = writer.ordered(value(call, "0"), CHANNELS_SECOND);
  const name = convolution(writer, x, writer.constant(data, shape), biasOf(writer, call), {
    strides: [1, 1],
  });
  return [{ name, shape: call.outputs[0]!, order: CHANNELS_SECOND }];
};

function biasOf(writer: Writer, call: Call): string | null {
  if (call.inputs["2"] === undefined) return null;
  const { data, shape } = constant(call, "2");
  return writer.constant(data, shape);
}

/** Each tap of the kernel as a channel: a convolution with kernels that are 1 at one tap. */
export const patches: Write = (writer, call) => {
  const x = value(call, "0");
  const [operands] = operandsOf<Parameters<typeof patchesComposite>>(call);
  const { height, width, strideF, strideT } = operands![1];
  const taps = height * width;
  const one = Float32Array.from({ length: taps * taps }, (_, i) => Number(i % (taps + 1) === 0));
  const [padF, padT] = [(height - 1) >> 1, (width - 1) >> 1];
  const image = writer.node("Unsqueeze", [writer.plain(x), writer.integers([1])]);
  const weight = writer.constant(one, [taps, 1, height, width]);
  const name = convolution(writer, image, weight, null, {
    strides: [strideF, strideT],
    pads: [padF, padT, height - 1 - padF, width - 1 - padT],
  });
  return [{ name, shape: call.outputs[0]!, order: CHANNELS_SECOND }];
};

/** With running statistics it is one factor and one offset for each channel, and each row where rows differ. */
export const batchNorm: Write = (writer, call) => {
  const x = value(call, "0");
  const operands = operandsOf<Parameters<typeof batchNormComposite>>(call);
  const [, { affine }, groups, , , epsilon] = operands[0]!;
  const own = (name: string) => constant(call, `1.${name}`).data;
  const [mean, variance] = [own("runningMean"), own("runningVar")];
  const weight = affine === undefined ? null : own("affine.weight");
  const bias = affine === undefined ? null : own("affine.bias");
  const channels = fixed(x.shape[3]!, "channels");
  const rows = groups.length === 1
    ? [0]
    : groups.flatMap((count, group) => Array.from({ length: count }, () => group));
  const table = (of: (at: number) => number) => ({
    shape: [rows.length, 1, channels],
    dtype: "float32",
    data: Float32Array.from(
      { length: rows.length * channels },
      (_, i) => of(i % channels * groups.length + rows[Math.floor(i / channels)]!),
    ),
  });
  const factor = (at: number) => (weight?.[at] ?? 1) / Math.sqrt(variance[at]! + epsilon);
  const offset = (at: number) => (bias?.[at] ?? 0) - mean[at]! * factor(at);
  const scaled = combined(writer, "Mul", x, table(factor), x.shape);
  return [combined(writer, "Add", scaled, table(offset), x.shape)];
};

export const channelBias: Write = (writer, call) => {
  const x = value(call, "0");
  return [combined(writer, "Add", x, constant(call, "1"), x.shape)];
};

/** Of an even number of frames the lower one of the two in the middle. `[B, M, T]` to `[B, M, 1]`. */
export const timeMedian: Write = (writer, call) => {
  const x = value(call, "0");
  const time = writer.size(x.shape[2]!, "the number of frames");
  const count = writer.node("Add", [writer.node("Div", [time, writer.integers([2])]), writer.integers([1])]);
  const [sorted] = writer.nodeOf(2, "TopK", [writer.plain(x), count], { axis: { int: 2 } });
  const least = writer.node("Slice", [
    sorted!,
    ...[-1, 2 ** 31 - 1, 2].map((number) => writer.integers([number])),
  ]);
  return [writer.value(least, call.outputs[0]!)];
};
