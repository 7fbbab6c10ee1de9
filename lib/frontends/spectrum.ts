/** From a wave to the spectrum that filters see. */
import * as tf from "@tensorflow/tfjs";
import { framedPower } from "../kernels/framed_power/op.ts";
import type { BinMask } from "./spec.ts";

export interface SpectrumOptions {
  readonly hopSamples: number;
  readonly powerEpsilon: number;
  readonly spectrum: "power" | "magnitude";
  readonly mask: BinMask | null;
}

/**
 * @param waves `[B, samples]`. @param wcos `[bins, 1, nFft]`. @param wsin The same shape.
 * @returns Power or magnitude `[B, T, bins]`, zero where the mask is.
 */
export function spectrum(
  waves: tf.Tensor2D,
  wcos: tf.Tensor3D,
  wsin: tf.Tensor3D,
  options: SpectrumOptions,
): tf.Tensor3D {
  const { hopSamples, powerEpsilon, mask } = options;
  const power = framedPower(waves, wcos, wsin, { hopSamples, powerEpsilon });
  const seen = options.spectrum === "magnitude" ? tf.sqrt(power) : power;
  // After the root, which has no slope at 0.
  return mask === null ? seen : tf.mul(seen, openBins(wcos.shape[0], mask));
}

/** 0 within the mask, else 1. */
function openBins(bins: number, { start, end }: BinMask): tf.Tensor1D {
  return tf.tensor1d(Float32Array.from({ length: bins }, (_, k) => (k >= start && k < end ? 0 : 1)));
}
