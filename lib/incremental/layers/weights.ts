/** Weights of layers as kernels read them, with normalisations by fixed statistics taken into them. Pure. */
import { wholePanels } from "./machine.ts";

/** A network's values by their names. @throws {Error} If there is no such tensor. */
export type Tensors = (name: string) => Float32Array;

/** `x scale + shift` for each channel. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** A batch norm by its running statistics. @param name Prefix of its tensors; scale and offset may be absent. */
export function affineOfNorm(tensors: Tensors, name: string, epsilon: number, hasAffine = true): Affine {
  const [mean, variance] = [tensors(`${name}.running_mean`), tensors(`${name}.running_var`)];
  const weight = hasAffine ? tensors(`${name}.weight`) : null;
  const bias = hasAffine ? tensors(`${name}.bias`) : null;
  const scale = Float64Array.from(variance, (v, c) => (weight?.[c] ?? 1) / Math.sqrt(v + epsilon));
  return { scale, shift: scale.map((factor, c) => (bias?.[c] ?? 0) - mean[c]! * factor) };
}

/** Nothing but an offset. */
export function offsetOnly(offsets: ArrayLike<number>): Affine {
  return { scale: new Float64Array(offsets.length).fill(1), shift: Float64Array.from(offsets) };
}

export function nothing(channels: number): Affine {
  return offsetOnly(new Float64Array(channels));
}

/** First one, then the other. */
export function composed(first: Affine, then: Affine): Affine {
  return {
    scale: first.scale.map((scale, c) => scale * then.scale[c]!),
    shift: first.shift.map((shift, c) => shift * then.scale[c]! + then.shift[c]!),
  };
}

/** A product with what comes behind it. */
export interface DenseWeights {
  /** `[out, in]` row by row. */
  readonly matrix: ArrayLike<number>;
  readonly outputs: number;
  /** Numbers of an input row that are there, and that it has in memory. */
  readonly inputs: number;
  readonly wideInputs: number;
  readonly affine: Affine;
}

/** `[panel][wideInputs][8]`, and the offsets `[8 panels]`. */
export function packedDense(
  { matrix, outputs, inputs, wideInputs, affine }: DenseWeights,
): { readonly packed: Float32Array; readonly shift: Float32Array } {
  const wide = wholePanels(outputs);
  const packed = new Float32Array(wide * wideInputs);
  for (let o = 0; o < outputs; o++) {
    const start = (o - o % 8) * wideInputs + o % 8;
    for (let i = 0; i < inputs; i++) packed[start + 8 * i] = matrix[o * inputs + i]! * affine.scale[o]!;
  }
  return { packed, shift: inPanels(affine.shift, wide) };
}

/**
 * Taps of a depthwise convolution `[C, 1, height, width]` as `[row][height][width][wide C]`, and offsets `[row][wide C]`.
 * @param affines Of each row of output, or one for all.
 */
export function depthwiseTaps(
  weight: ArrayLike<number>,
  channels: number,
  affines: readonly Affine[],
): { readonly taps: Float32Array; readonly shift: Float32Array } {
  const [wide, size] = [wholePanels(channels), weight.length / channels];
  const taps = new Float32Array(affines.length * size * wide);
  const shift = new Float32Array(affines.length * wide);
  affines.forEach((affine, row) => {
    shift.set(affine.shift, row * wide);
    for (let tap = 0; tap < size; tap++) {
      for (let c = 0; c < channels; c++) {
        taps[(row * size + tap) * wide + c] = weight[c * size + tap]! * affine.scale[c]!;
      }
    }
  });
  return { taps, shift };
}

function inPanels(values: ArrayLike<number>, wide: number): Float32Array {
  const padded = new Float32Array(wide);
  padded.set(values);
  return padded;
}
