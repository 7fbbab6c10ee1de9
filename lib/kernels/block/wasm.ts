/** The common part of BC-ResNet's blocks, fused: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { type AffineNorm, hasAffine } from "../batch_norm/types.ts";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import { countFrames } from "../operation/valid_frames.ts";
import { finishNormBackward, type NormSizes, sumFloats, writeNormTable } from "../batch_norm/wasm.ts";
import { channelMask } from "../channel_dropout/op.ts";
import { transposedPanels } from "../matrices/wasm.ts";
import { sharesOf, writeFrames } from "../wasm/clips.ts";
import { layPieces } from "../wasm/pieces.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import { blockInputs } from "./inputs.ts";
import { type AnyBlockTensors, type BlockTensors, delayOf, type TransitionBlockOptions } from "./types.ts";

const PANEL = 8;

/** True if the kernels can compute such a block; they have no gradient for fixed statistics. */
export function blockFits(
  tensors: AnyBlockTensors,
  training: boolean,
): tensors is AnyBlockTensors<AffineNorm> {
  const norms = [tensors.ssn, tensors.bn2, ...(tensors.bn1 === undefined ? [] : [tensors.bn1])];
  return tensors.freq_dw_conv.shape[0] >= 4 && norms.every(hasAffine) &&
    (training || !recordsGradients());
}

interface Plan extends TransitionBlockOptions {
  /** Adds the input before the last relu. */
  readonly residual: boolean;
}

/**
 * `h = ssn(freq_dw_conv(x))`; `relu(h + dropout(conv1x1_2(swish(bn2(temp_dw_conv(mean over rows of h))))) (+ x))`.
 *
 * @param x `[B, F, T, C]`. @param tensors That {@link blockFits} has found to fit.
 * @returns `[B, ceil(F / strideF), T, C]`.
 */
export function blockWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  tensors: BlockTensors<AffineNorm>,
  plan: Plan,
): tf.Tensor4D {
  const { dropout } = plan;
  const mask = dropout && channelMask(x.shape[0], x.shape[3], dropout.rate, dropout.rng);
  const block = new Block(kernels, x.shape, tensors, plan, mask);
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    blockInputs(x, tensors),
    (save) => {
      const { y, kept } = block.forward(x);
      save(x, y, kept, tensors.conv1x1_2);
      return y;
    },
    (dy, saved) => block.backward(dy, saved),
  );
}

class Block {
  readonly #kernels: WasmKernels;
  readonly #tensors: BlockTensors;
  readonly #plan: Plan;
  /** `[B, C]` row by row. */
  readonly #mask: Float32Array | undefined;
  readonly #shape: readonly [number, number, number, number];
  readonly #outRows: number;
  readonly #shares: number;
  readonly #panels: number;

  constructor(
    kernels: WasmKernels,
    shape: readonly [number, number, number, number],
    tensors: BlockTensors,
    plan: Plan,
    mask: Float32Array | undefined,
  ) {
    this.#kernels = kernels;
    this.#tensors = tensors;
    this.#plan = plan;
    this.#mask = mask;
    this.#shape = shape;
    this.#outRows = Math.ceil(shape[1] / plan.strideF);
    this.#shares = sharesOf(shape[0]);
    this.#panels = Math.ceil(shape[3] / PANEL);
  }

  forward(x: tf.Tensor4D): { readonly y: tf.Tensor4D; readonly kept: tf.Tensor } {
    const kernels = this.#kernels;
    const [batch, rows, frames, channels] = this.#shape;
    const { training, strideF, dilation, residual } = this.#plan;
    const delay = delayOf(this.#plan);
    const groups = this.#plan.groups.length;
    const [outRows, shares] = [this.#outRows, this.#shares];
    const { ssn, bn2, conv1x1_2 } = this.#tensors;
    const y = kernels.output<tf.Tensor4D>([batch, outRows, frames, channels]);
    const pieces = this.#keptPieces();
    const kept = kernels.output([pieces.size]);
    const at = pieces.from(kept.address);
    this.#writeSmallPieces(at);
    const { ssnSizes, bn2Sizes, mask } = this.#small(at);
    const [source, packed] = [kernels.addressOf(x), transposedPanels(kernels, conv1x1_2, channels, channels)];
    kernels.borrowPieces(this.#sumPieces(), ({ ssnSums, bn2Sums }) => {
      // deno-fmt-ignore
      kernels.run(COMPILED.blockFrequency, shares, [
        source, batch, shares, rows, strideF, frames, at.lengths, channels, at.freqTaps, ssnSizes.heights, groups,
        at.band, ssnSums,
      ], 4);
      writeNormTable(kernels, ssn, ssnSizes, ssnSums, at.ssnTable, training);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockTime, shares, [
        at.band, batch, shares, outRows, frames, at.lengths, channels, ssnSizes.heights, groups, at.ssnTable,
        at.tempTaps, dilation, delay, at.m, at.v, bn2Sums,
      ]);
      writeNormTable(kernels, bn2, bn2Sizes, bn2Sums, at.bn2Table, training);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockOut, batch, [
        at.v, at.bn2Table, packed, mask, source, at.freqTaps, at.ssnTable, ssnSizes.heights, groups, Number(residual),
        rows, outRows, strideF, frames, at.lengths, channels, y.address,
      ], 2 * frames * this.#panels * PANEL * 4);
    });
    return { y: y.tensor, kept: kept.tensor };
  }

  backward(dy: tf.Tensor, saved: readonly tf.Tensor[]) {
    const kernels = this.#kernels;
    const [batch, rows, frames, channels] = this.#shape;
    const { strideF, dilation, residual } = this.#plan;
    const delay = delayOf(this.#plan);
    const groups = this.#plan.groups.length;
    const [outRows, shares, wide] = [this.#outRows, this.#shares, this.#panels * PANEL];
    const [x, y, kept, conv1x1_2] = [0, 1, 2, 3].map((i) => savedAt(saved, i)) as FourTensors;
    const [source, target, d] = [kernels.addressOf(x), kernels.addressOf(y), kernels.addressOf(dy)];
    const was = this.#keptPieces().from(kernels.addressOf(kept));
    const { ssnSizes, bn2Sizes, mask } = this.#small(was);
    const dx = kernels.output(this.#shape);
    const { freq_dw_conv, temp_dw_conv } = this.#tensors;
    const [dFreq, dTemp] = [kernels.output(freq_dw_conv.shape), kernels.output(temp_dw_conv.shape)];
    const dConv1x1_2 = kernels.output(conv1x1_2.shape);
    const pieces = {
      ...this.#sumPieces(),
      padded: channels * wide,
      ssnCoefficients: 3 * groups * channels,
      bn2Coefficients: 3 * channels,
      conv1x1_2Sums: shares * channels * wide,
      freqTapSums: shares * 3 * channels * 2,
      tempTapSums: shares * 3 * channels * 2,
      dBn2: batch * frames * channels,
      dm: batch * frames * channels,
    };
    return kernels.borrowPieces(pieces, (at) => {
      this.#padMap(conv1x1_2, at.padded);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockBackOut, shares, [
        d, target, source, was.v, batch, shares, rows, outRows, strideF, frames, was.lengths, channels, was.freqTaps,
        was.ssnTable, ssnSizes.heights, groups, was.bn2Table, at.padded, mask, at.dBn2, at.conv1x1_2Sums, at.ssnSums,
        at.bn2Sums,
      ], 4 * frames * wide * 4);
      const bn2 = finishNormBackward(kernels, bn2Sizes, at.bn2Sums, was.bn2Table, at.bn2Coefficients);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockBackTime, shares, [
        at.dBn2, was.v, was.m, was.band, batch, shares, outRows, frames, was.lengths, channels, at.bn2Coefficients,
        was.tempTaps, dilation, delay, ssnSizes.heights, groups, was.ssnTable, at.dm, at.tempTapSums, at.ssnSums,
      ], frames * channels * 4);
      const ssn = finishNormBackward(kernels, ssnSizes, at.ssnSums, was.ssnTable, at.ssnCoefficients);
      // deno-fmt-ignore
      kernels.run(COMPILED.blockBackFrequency, shares, [
        d, target, at.dm, source, batch, shares, rows, outRows, strideF, frames, was.lengths, channels,
        at.ssnCoefficients, was.freqTaps, ssnSizes.heights, groups, Number(residual), dx.address, at.freqTapSums,
      ], (3 * outRows * channels + 1) * 4);
      kernels.run(COMPILED.blockTapsGradient, 1, [at.freqTapSums, shares, channels, dFreq.address]);
      kernels.run(COMPILED.blockTapsGradient, 1, [at.tempTapSums, shares, channels, dTemp.address]);
      kernels.run(COMPILED.blockWeightGradient, 1, [at.conv1x1_2Sums, shares, channels, dConv1x1_2.address]);
      return {
        x: () => dx.tensor,
        freq_dw_conv: () => dFreq.tensor,
        temp_dw_conv: () => dTemp.tensor,
        conv1x1_2: () => dConv1x1_2.tensor,
        "ssn.weight": () => ssn.weight,
        "ssn.bias": () => ssn.bias,
        "bn2.weight": () => bn2.weight,
        "bn2.bias": () => bn2.bias,
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
      ssnTable: 4 * groups * channels,
      bn2Table: 4 * channels,
      freqTaps: 3 * channels,
      tempTaps: 3 * channels,
      heights: groups + 1,
      lengths: batch,
      mask: batch * channels,
    });
  }

  #sumPieces() {
    const channels = this.#shape[3];
    return {
      ssnSums: sumFloats(this.#shares, this.#plan.groups.length, channels),
      bn2Sums: sumFloats(this.#shares, 1, channels),
    };
  }

  #writeSmallPieces(
    at: Readonly<Record<"freqTaps" | "tempTaps" | "heights" | "lengths" | "mask", number>>,
  ): void {
    const kernels = this.#kernels;
    const [batch, , frames, channels] = this.#shape;
    const { groups, validFrames } = this.#plan;
    const { freq_dw_conv, temp_dw_conv } = this.#tensors;
    kernels.run(COMPILED.blockTaps, 1, [kernels.addressOf(freq_dw_conv), channels, at.freqTaps]);
    kernels.run(COMPILED.blockTaps, 1, [kernels.addressOf(temp_dw_conv), channels, at.tempTaps]);
    kernels.writeIntegers(at.heights, [...groups, 1]);
    writeFrames(kernels, at.lengths, validFrames, batch, frames);
    if (this.#mask !== undefined) kernels.view(at.mask, this.#mask.length).set(this.#mask);
  }

  #small(at: Readonly<Record<"heights" | "mask", number>>): {
    readonly ssnSizes: NormSizes;
    readonly bn2Sizes: NormSizes;
    /** Address, or 0 if there is none. */
    readonly mask: number;
  } {
    const [batch, , frames, channels] = this.#shape;
    const { groups, validFrames } = this.#plan;
    const [places, shares] = [countFrames(validFrames, batch, frames), this.#shares];
    return {
      ssnSizes: { heights: at.heights, groups: groups.length, channels, shares, places },
      bn2Sizes: { heights: at.heights + groups.length * 4, groups: 1, channels, shares, places },
      mask: this.#mask === undefined ? 0 : at.mask,
    };
  }

  /** `[C, C]` as rows of whole panels, zeros at the end. */
  #padMap(conv1x1_2: tf.Tensor, padded: number): void {
    const channels = this.#shape[3];
    const wide = this.#panels * PANEL;
    const target = this.#kernels.view(padded, channels * wide).fill(0);
    const source = this.#kernels.view(this.#kernels.addressOf(conv1x1_2), channels * channels);
    for (let o = 0; o < channels; o++) {
      target.set(source.subarray(o * channels, (o + 1) * channels), o * wide);
    }
  }
}

type FourTensors = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
