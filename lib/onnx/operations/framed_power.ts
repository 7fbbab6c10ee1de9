/** Framed transforms: a convolution of the wave with all kernels. */
import type { Framing } from "../../audio/framing.ts";
import { samplesBefore, samplesBehind } from "../../audio/framing.ts";
import type { extendedWaveComposite } from "../../kernels/framed_power/extended_wave.ts";
import type { frameEnergiesComposite } from "../../kernels/framed_power/frame_energies.ts";
import type { framedPowerComposite } from "../../kernels/framed_power/composite.ts";
import { convolution } from "../kernels/products.ts";
import { constant, operandsOf, value, type Write } from "../write/call.ts";
import type { Writer } from "../write/writer.ts";

/** Far behind any end. */
const BEYOND = 2 ** 31 - 1;

export const extendedWave: Write = (writer, call) => {
  const [[, framing]] = operandsOf<Parameters<typeof extendedWaveComposite>>(call) as [[unknown, Framing]];
  const wave = value(call, "0");
  return [{ name: extended(writer, wave.name, framing), shape: call.outputs[0]!, order: [0, 1] }];
};

/**
 * What frames see beyond a clip's ends. Where how much they see depends on the clip's length, it is the most that they
 * may see: who cuts frames takes as many as there are.
 */
function extended(writer: Writer, wave: string, framing: Framing): string {
  const [before, behind] = [samplesBefore(framing), samplesBehind(framing)];
  switch (framing.padding) {
    case "within":
      return wave;
    case "constant":
      return padded(writer, wave, before, behind, "constant");
    case "reflect":
      return padded(writer, wave, before, behind, "reflect");
    case "repeat": {
      const part = (from: number, to: number) =>
        writer.node("Slice", [wave, ...[from, to, 1, -1].map((number) => writer.integers([number]))]);
      const parts = [
        ...(before === 0 ? [] : [part(before - 1, -BEYOND)]), // backwards, to its first sample
        wave,
        ...(behind === 0 ? [] : [part(-1, -behind - 1)]),
      ];
      return parts.length === 1 ? wave : writer.node("Concat", parts, { axis: { int: 1 } });
    }
    default:
      throw framing.padding satisfies never;
  }
}

function padded(writer: Writer, wave: string, before: number, behind: number, mode: string): string {
  if (before === 0 && behind === 0) return wave;
  return writer.node("Pad", [wave, writer.integers([0, before, 0, behind])], { mode: { text: mode } });
}

/** One convolution makes real and imaginary parts of all bins. */
export const framedPower: Write = (writer, call) => {
  const [wave, wcos, wsin] = [value(call, "0"), constant(call, "1"), constant(call, "2")];
  const operands = operandsOf<Parameters<typeof framedPowerComposite>>(call);
  const [, , , { bins, nFft, hopSamples, pad }, powerEpsilon] = operands[0]!;
  const both = new Float32Array(2 * bins * nFft);
  both.set(wcos.data);
  both.set(wsin.data, bins * nFft);
  const kernels = writer.constant(both, [2 * bins, 1, nFft]);
  const seen = padded(writer, wave.name, pad, pad, "reflect");
  const made = convolution(writer, asLine(writer, seen), kernels, null, { strides: [hopSamples] });
  const squares = writer.node("Mul", [made, made]);
  const [re, im] = writer.nodeOf(2, "Split", [squares], { axis: { int: 1 } }) as [string, string];
  const sum = writer.node("Add", [re, im]);
  const power = powerEpsilon === 0 ? sum : writer.node("Add", [sum, writer.scalar(powerEpsilon)]);
  const shape = call.outputs[0]!;
  // A wave that was extended before may be longer than it need be.
  const name = pad > 0 ? power : writer.firstOf(power, 2, shape[1]!, "the number of frames");
  return [{ name, shape, order: [0, 2, 1] }];
};

/** `[B, samples]` as `[B, 1, samples]`. */
export function asLine(writer: Writer, wave: string): string {
  return writer.node("Unsqueeze", [wave, writer.integers([1])]);
}

/** Sums of squares of each frame, or of its distances from its mean. */
export const frameEnergies: Write = (writer, call) => {
  const wave = value(call, "0");
  const operands = operandsOf<Parameters<typeof frameEnergiesComposite>>(call);
  const [, framing, removeDc] = operands[0]!;
  const { frameSamples, hopSamples } = framing;
  const seen = extended(writer, wave.name, framing);
  const ones = writer.constant(new Float32Array(frameSamples).fill(1), [1, 1, frameSamples]);
  const sums = (x: string) => convolution(writer, asLine(writer, x), ones, null, { strides: [hopSamples] });
  const squared = (x: string) => writer.node("Mul", [x, x]);
  const shape = call.outputs[0]!;
  const cut = (x: string) => writer.firstOf(x, 2, shape[1]!, "the number of frames");
  const order = [0, 2, 1];
  if (!removeDc) return [{ name: cut(sums(squared(seen))), shape, order }];
  // What all samples have in common makes no difference, but rounding errors; in a stream it is not known.
  const mean = () => writer.node("ReduceMean", [seen], { axes: { ints: [1] }, keepdims: { int: 1 } });
  const level = writer.isStream ? seen : writer.node("Sub", [seen, mean()]);
  const ofMeans = writer.node("Mul", [squared(sums(level)), writer.scalar(1 / frameSamples)]);
  const energies = writer.node("Relu", [writer.node("Sub", [sums(squared(level)), ofMeans])]);
  return [{ name: cut(energies), shape, order }];
};
