/** Dropout of whole channels, as torch.nn.Dropout2d (Tompson et al. 2015). */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../base/random.ts";
import { checkShape } from "../operation/shapes.ts";
import { channelDropoutComposite } from "./composite.ts";

/**
 * Zeroes each channel of each clip with a probability of `rate` and scales the others by `1 / (1 - rate)`. The
 * decisions come from `rng`, clip by clip and channel by channel, so they are the same on every backend.
 *
 * @param x `[B, F, T, C]`. @param rate In [0, 1). @returns The same shape.
 */
export function channelDropout(x: tf.Tensor4D, rate: number, rng: Rng): tf.Tensor4D {
  checkShape("channelDropout", "x", x.shape, [null, null, null, null]);
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`channelDropout: rate is ${rate}, wanted 0 <= rate < 1`);
  return rate === 0 ? x : channelDropoutComposite(x, channelMask(x.shape[0], x.shape[3], rate, rng));
}

/** `[clips, channels]` row by row: 0 or `1 / (1 - rate)`. */
export function channelMask(clips: number, channels: number, rate: number, rng: Rng): Float32Array {
  const mask = new Float32Array(clips * channels);
  for (let i = 0; i < mask.length; i++) mask[i] = rng.uniform() < rate ? 0 : 1 / (1 - rate);
  return mask;
}
