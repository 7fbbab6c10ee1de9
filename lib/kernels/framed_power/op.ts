/** Power spectrogram with given kernels: the STFT of nnAudio, whose kernels may be trained. */
import type * as tf from "@tensorflow/tfjs";
import { layFrames } from "../../audio/framing.ts";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { framedPowerComposite } from "./composite.ts";
import { extendedWave } from "./extended_wave.ts";
import type { FramedPowerOptions } from "./types.ts";
import { framedPowerWasm } from "./wasm.ts";
import { framedPowerWebGpu } from "./webgpu.ts";

export type { FramedPowerOptions } from "./types.ts";

const run = withKernels(framedPowerComposite, { wasm: framedPowerWasm, webgpu: framedPowerWebGpu });

/**
 * `power[b, t, k] = (wcos[k] . frame)^2 + (wsin[k] . frame)^2 + powerEpsilon`, where frames are as long as
 * kernels; how they lie, says the padding. Gradients exist for the kernels, not for the wave.
 *
 * @param wave `[B, samples]`. @param wcos `[bins, 1, frame]`. @param wsin The same shape. @returns `[B, T, bins]`.
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
  const { hopSamples, powerEpsilon, padding = "reflect" } = options;
  const framing = { frameSamples: nFft, hopSamples, padding };
  const { frames, before } = layFrames(samples, framing);
  // Reflection is read as it is needed; any other padding is laid around the wave.
  const [seen, pad] = padding === "reflect" ? [wave, before] : [extendedWave(wave, framing), 0];
  const sizes = { batch, samples: seen.shape[1], frames, bins, nFft, hopSamples, pad };
  return run(seen, wcos, wsin, sizes, powerEpsilon);
}
