/** Power spectrogram with given kernels: the STFT of nnAudio, whose kernels may be trained. */
import type * as tf from "@tensorflow/tfjs";
import { frameCount, padSamples } from "../../audio/framing.ts";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { framedPowerComposite } from "./composite.ts";
import type { FramedPowerOptions } from "./types.ts";
import { framedPowerWasm } from "./wasm.ts";
import { framedPowerWebGpu } from "./webgpu.ts";

export type { FramedPowerOptions } from "./types.ts";

const run = withKernels(framedPowerComposite, { wasm: framedPowerWasm, webgpu: framedPowerWebGpu });

/**
 * `power[b, t, k] = (wcos[k] . frame)^2 + (wsin[k] . frame)^2 + powerEpsilon`, where a frame is the `nFft` samples
 * centred at `t hopSamples` of the clip, reflected at both ends. Gradients exist for the kernels, not for the wave.
 *
 * @param wave `[B, samples]`. @param wcos `[bins, 1, nFft]`. @param wsin The same shape. @returns `[B, T, bins]`.
 */
export function framedPower(
  wave: tf.Tensor2D,
  wcos: tf.Tensor3D,
  wsin: tf.Tensor3D,
  options: FramedPowerOptions,
): tf.Tensor3D {
  checkFloat("framedPower", "wave", wave);
  checkShape("framedPower", "wave", wave.shape, [null, null]);
  checkShape("framedPower", "wcos", wcos.shape, [null, 1, null]);
  checkShape("framedPower", "wsin", wsin.shape, wcos.shape);
  const [batch, samples] = wave.shape;
  const [bins, , nFft] = wcos.shape;
  const { hopSamples, powerEpsilon } = options;
  const frames = frameCount(samples, { nFft, hopSamples });
  const sizes = { batch, samples, frames, bins, nFft, hopSamples, pad: padSamples(nFft) };
  return run(wave, wcos, wsin, sizes, powerEpsilon);
}
