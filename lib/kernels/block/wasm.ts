/** The common part of BC-ResNet's blocks, fused: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import type { BatchNormState } from "../batch_norm/types.ts";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import { countFrames } from "../operation/valid_frames.ts";
import { finishNormBackward, type NormSizes, sumFloats, writeNormTable } from "../batch_norm/wasm.ts";
import { transposedPanels } from "../matrices/wasm.ts";
import { sharesOf, writeFrames } from "../wasm/clips.ts";
import { layPieces, type WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";

const PANEL = 8;

export interface BlockTensors {
  /** `[C, 1, 3, 1]`. */
  readonly frequency: tf.Tensor4D;
  readonly norm1: BatchNormState;
  /** `[C, 1, 1, 3]`. */
  readonly time: tf.Tensor4D;
  readonly norm2: BatchNormState;
  /** `[C, C, 1, 1]`. */
  readonly map: tf.Tensor4D;
}

export interface BlockPlan {
  readonly training: boolean;
  readonly dilation: number;
  readonly stride: 1 | 2;
  /** Heights of the groups of norm 1. */
  readonly groups: readonly number[];
  /** `[B, C]` row by row. */
  readonly mask?: Float32Array;
  /** Adds the input before the last relu. */
  readonly residual: boolean;
  /** `[B]`: frames of each clip that count; all by default. */
  readonly validFrames?: Int32Array | undefined;
}

/** True if the kernels can compute such a block; they have no gradient for fixed statistics. */
export function blockFits(channels: number, norms: readonly BatchNormState[], training: boolean): boolean {
  return channels % 4 === 0 && norms.every((norm) => norm.affine !== undefined) &&
    (training || !recordsGradients());
}

/**
 * `h = norm1(frequency(x))`; `relu(h + mask map(swish(norm2(time(mean over rows of h)))) (+ x))`.
 *
 * @param x `[B, F, T, C]`. @returns `[B, ceil(F / stride), T, C]`.
 */
export function blockWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  tensors: BlockTensors,
  plan: BlockPlan,
): tf.Tensor4D {
  const block = new Block(kernels, x.shape, tensors, plan);
  const { frequency, norm1, time, norm2, map } = tensors;
  const inputs = {
    x,
    frequency,
    time,
    map,
    weight1: norm1.affine!.weight,
    bias1: norm1.affine!.bias,
    weight2: norm2.affine!.weight,
    bias2: norm2.affine!.bias,
  };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    inputs,
    (save) => {
      const { y, kept } = block.forward(x);
      save(x, y, kept, map);
      return y;
    },
    (dy, saved) => block.backward(dy, saved),
  );
}

class Block {
  readonly #kernels: WasmKernels;
  readonly #tensors: BlockTensors;
  readonly #plan: BlockPlan;
  readonly #shape: readonly [number, number, number, number];
  readonly #outRows: number;
  readonly #shares: number;
  readonly #panels: number;

  constructor(
    kernels: WasmKernels,
    shape: readonly [number, number, number, number],
    tensors: BlockTensors,
    plan: BlockPlan,
  ) {
    this.#kernels = kernels;
    this.#tensors = tensors;
    this.#plan = plan;
    this.#shape = shape;
    this.#outRows = Math.ceil(shape[1] / plan.stride);
    this.#shares = sharesOf(shape[0]);
    this.#panels = Math.ceil(shape[3] / PANEL);
  }

  forward(x: tf.Tensor4D): { readonly y: tf.Tensor4D; readonly kept: tf.Tensor } {
    const kernels = this.#kernels;
    const [batch, rows, frames, channels] = this.#shape;
    const { training, stride, dilation, residual } = this.#plan;
    const groups = this.#plan.groups.length;
    const [outRows, shares] = [this.#outRows, this.#shares];
    const { norm1, norm2, map } = this.#tensors;
    const y = kernels.output<tf.Tensor4D>([batch, outRows, frames, channels]);
    const pieces = this.#keptPieces();
    const kept = kernels.output([pieces.size]);
    const at = pieces.from(kept.address);
    this.#writeSmallPieces(at);
    const { sizes1, sizes2, mask } = this.#small(at);
    const [source, packed] = [kernels.addressOf(x), transposedPanels(kernels, map, channels, channels)];
    kernels.borrowPieces(this.#sumPieces(), ({ sums1, sums2 }) => {
      // deno-fmt-ignore
      kernels.run(COMPILED.blockFrequency, shares, [
        source, batch, shares, rows, stride, frames, at.lengths, channels, at.taps1, sizes1.heights, groups, at.band,
        sums1,
      ]);
      writeNormTable(kernels, norm1, sizes1, sums1, at.table1, training);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockTime, shares, [
        at.band, batch, shares, outRows, frames, at.lengths, channels, sizes1.heights, groups, at.table1, at.taps2,
        dilation, at.m, at.v, sums2,
      ]);
      writeNormTable(kernels, norm2, sizes2, sums2, at.table2, training);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockOut, batch, [
        at.v, at.table2, packed, mask, source, at.taps1, at.table1, sizes1.heights, groups, Number(residual), rows,
        outRows, stride, frames, at.lengths, channels, y.address,
      ], 2 * frames * this.#panels * PANEL * 4);
    });
    return { y: y.tensor, kept: kept.tensor };
  }

  backward(dy: tf.Tensor, saved: readonly tf.Tensor[]) {
    const kernels = this.#kernels;
    const [batch, rows, frames, channels] = this.#shape;
    const { stride, dilation, residual } = this.#plan;
    const groups = this.#plan.groups.length;
    const [outRows, shares, wide] = [this.#outRows, this.#shares, this.#panels * PANEL];
    const [x, y, kept, map] = [0, 1, 2, 3].map((i) => savedAt(saved, i)) as FourTensors;
    const [source, target, d] = [kernels.addressOf(x), kernels.addressOf(y), kernels.addressOf(dy)];
    const was = this.#keptPieces().from(kernels.addressOf(kept));
    const { sizes1, sizes2, mask } = this.#small(was);
    const dx = kernels.output(this.#shape);
    const { frequency, time } = this.#tensors;
    const outputs = [frequency, time, map].map((weight) => kernels.output(weight.shape));
    const pieces = {
      ...this.#sumPieces(),
      padded: channels * wide,
      coefficients1: 3 * groups * channels,
      coefficients2: 3 * channels,
      weights: shares * channels * wide,
      tapSums1: shares * 3 * channels * 2,
      tapSums2: shares * 3 * channels * 2,
      da: batch * frames * channels,
      dm: batch * frames * channels,
    };
    return kernels.borrowPieces(pieces, (at) => {
      this.#padMap(map, at.padded);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockBackOut, shares, [
        d, target, source, was.v, batch, shares, rows, outRows, stride, frames, was.lengths, channels, was.taps1,
        was.table1, sizes1.heights, groups, was.table2, at.padded, mask, at.da, at.weights, at.sums1, at.sums2,
      ], 4 * frames * wide * 4);
      const norm2 = finishNormBackward(kernels, sizes2, at.sums2, was.table2, at.coefficients2);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockBackTime, shares, [
        at.da, was.v, was.m, was.band, batch, shares, outRows, frames, was.lengths, channels, at.coefficients2,
        was.taps2, dilation, sizes1.heights, groups, was.table1, at.dm, at.tapSums2, at.sums1,
      ], frames * channels * 4);
      const norm1 = finishNormBackward(kernels, sizes1, at.sums1, was.table1, at.coefficients1);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockBackFrequency, shares, [
        d, target, at.dm, source, batch, shares, rows, outRows, stride, frames, was.lengths, channels, at.coefficients1,
        was.taps1, sizes1.heights, groups, Number(residual), dx.address, at.tapSums1,
      ], 3 * outRows * channels * 4);
      kernels.run(COMPILED.blockTapsGradient, 1, [at.tapSums1, shares, channels, outputs[0]!.address]);
      kernels.run(COMPILED.blockTapsGradient, 1, [at.tapSums2, shares, channels, outputs[1]!.address]);
      kernels.run(COMPILED.blockWeightGradient, 1, [at.weights, shares, channels, outputs[2]!.address]);
      return {
        x: () => dx.tensor,
        frequency: () => outputs[0]!.tensor,
        time: () => outputs[1]!.tensor,
        map: () => outputs[2]!.tensor,
        weight1: () => norm1.weight,
        bias1: () => norm1.bias,
        weight2: () => norm2.weight,
        bias2: () => norm2.bias,
      };
    });
  }

  /** What the forward pass leaves for the backward pass. */
  #keptPieces() {
    const [batch, , frames, channels] = this.#shape;
    const groups = this.#plan.groups.length;
    return layPieces({
      band: batch * groups * frames * channels,
      m: batch * frames * channels,
      v: batch * frames * channels,
      table1: 4 * groups * channels,
      table2: 4 * channels,
      taps1: 3 * channels,
      taps2: 3 * channels,
      heights: groups + 1,
      lengths: batch,
      mask: batch * channels,
    });
  }

  #sumPieces() {
    const channels = this.#shape[3];
    return {
      sums1: sumFloats(this.#shares, this.#plan.groups.length, channels),
      sums2: sumFloats(this.#shares, 1, channels),
    };
  }

  #writeSmallPieces(at: Readonly<Record<"taps1" | "taps2" | "heights" | "lengths" | "mask", number>>): void {
    const kernels = this.#kernels;
    const [batch, , frames, channels] = this.#shape;
    const { groups, validFrames, mask } = this.#plan;
    const { frequency, time } = this.#tensors;
    kernels.run(COMPILED.blockTaps, 1, [kernels.addressOf(frequency), channels, at.taps1]);
    kernels.run(COMPILED.blockTaps, 1, [kernels.addressOf(time), channels, at.taps2]);
    kernels.writeIntegers(at.heights, [...groups, 1]);
    writeFrames(kernels, at.lengths, validFrames, batch, frames);
    if (mask !== undefined) kernels.view(at.mask, mask.length).set(mask);
  }

  #small(at: Readonly<Record<"heights" | "mask", number>>): {
    readonly sizes1: NormSizes;
    readonly sizes2: NormSizes;
    /** Address, or 0 if there is none. */
    readonly mask: number;
  } {
    const [batch, , frames, channels] = this.#shape;
    const { groups, validFrames } = this.#plan;
    const [places, shares] = [countFrames(validFrames, batch, frames), this.#shares];
    return {
      sizes1: { heights: at.heights, groups: groups.length, channels, shares, places },
      sizes2: { heights: at.heights + groups.length * 4, groups: 1, channels, shares, places },
      mask: this.#plan.mask === undefined ? 0 : at.mask,
    };
  }

  /** `[C, C]` as rows of whole panels, zeros at the end. */
  #padMap(map: tf.Tensor, padded: number): void {
    const channels = this.#shape[3];
    const wide = this.#panels * PANEL;
    const target = this.#kernels.view(padded, channels * wide).fill(0);
    const source = this.#kernels.view(this.#kernels.addressOf(map), channels * channels);
    for (let o = 0; o < channels; o++) {
      target.set(source.subarray(o * channels, (o + 1) * channels), o * wide);
    }
  }
}

type FourTensors = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
