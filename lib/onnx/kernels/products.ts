/** Kernels that multiply with weights. */
import { attribute, type Call, constant, operand, value, type Write } from "../write/call.ts";
import { isValue, transposed, type Value, type Writer } from "../write/writer.ts";

/** Axes of `[B, H, W, C]` within `[B, C, H, W]`, which is how ONNX convolves. */
export const CHANNELS_SECOND = [0, 2, 3, 1] as const;

/** What a convolution of ONNX takes besides its operands. */
export interface ConvolutionForm {
  readonly strides: readonly number[];
  /** Before each axis, then behind each. */
  readonly pads?: readonly number[];
  readonly dilations?: readonly number[];
  readonly group?: number;
}

/** @param x In the order of ONNX. @param weight `[out, in / group, ...]`. */
export function convolution(
  writer: Writer,
  x: string,
  weight: string,
  bias: string | null,
  { strides, pads = strides.flatMap(() => [0, 0]), dilations = strides.map(() => 1), group = 1 }:
    ConvolutionForm,
): string {
  return writer.node("Conv", [x, weight, ...(bias === null ? [] : [bias])], {
    strides: { ints: strides },
    pads: { ints: pads },
    dilations: { ints: dilations },
    group: { int: group },
  });
}

/** `[H, W, in, out]` with x `[B, H, W, in]`. */
export const conv2d: Write = (writer, call) => {
  const { data, shape } = constant(call, "filter");
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const weight = writer.constant(transposed(data, shape, [3, 2, 0, 1]), [outputs, inputs, height, width]);
  return [convolved(writer, call, weight, 1)];
};

/** `[H, W, C, 1]` with x `[B, H, W, C]`. */
export const depthwiseConv2d: Write = (writer, call) => {
  const { data, shape } = constant(call, "filter");
  const [height, width, channels, multiplier] = shape as [number, number, number, number];
  if (multiplier !== 1) {
    throw new Error(`Depthwise convolution of ${multiplier} kernels a channel: wanted one`);
  }
  const weight = writer.constant(transposed(data, shape, [2, 3, 0, 1]), [channels, 1, height, width]);
  return [convolved(writer, call, weight, channels)];
};

function convolved(writer: Writer, call: Call, weight: string, group: number): Value {
  const x = value(call, "x");
  const pads = padsOf(attribute<Pads>(call, "pad"));
  const name = convolution(writer, writer.ordered(x, CHANNELS_SECOND), weight, null, {
    strides: pair(attribute(call, "strides")),
    dilations: pair(attribute<Pair | undefined>(call, "dilations") ?? 1),
    pads,
    group,
  });
  return { name, shape: call.outputs[0]!, order: CHANNELS_SECOND };
}

type Pair = number | readonly [number, number];
type Pads = "valid" | readonly (readonly [number, number])[];

function pair(given: Pair): readonly [number, number] {
  return typeof given === "number" ? [given, given] : given;
}

function padsOf(pads: Pads): number[] {
  if (pads === "valid") return [0, 0, 0, 0];
  if (!Array.isArray(pads)) throw new Error(`Padding ${JSON.stringify(pads)}: wanted valid, or numbers`);
  return [pads[1]![0], pads[2]![0], pads[1]![1], pads[2]![1]];
}

/** A product with a constant matrix, or of two values. */
export const matMul: Write = (writer, call) => {
  const [a, b] = [operand(call, "a"), operand(call, "b")];
  const name = (given: typeof a, flag: string) => {
    const turned = attribute<boolean>(call, flag);
    if (isValue(given)) {
      const last = given.shape.length - 1;
      const axes = given.shape.map((_, i) => turned && i >= last - 1 ? 2 * last - 1 - i : i);
      return writer.plain({ ...given, order: axes.map((axis) => given.order[axis]!) });
    }
    const { data, shape } = given;
    if (!turned) return writer.constant(data, shape);
    const axes = shape.map((_, i) => i < shape.length - 2 ? i : 2 * shape.length - 3 - i);
    return writer.constant(transposed(data, shape, axes), axes.map((axis) => shape[axis]!));
  };
  return [
    writer.value(writer.node("MatMul", [name(a, "transposeA"), name(b, "transposeB")]), call.outputs[0]!),
  ];
};
