/** Energies of frames as they are. */
import * as tf from "@tensorflow/tfjs";
import { type Framing, layFrames } from "../../audio/framing.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { extendedWave } from "./extended_wave.ts";

/**
 * Sums of squares of each frame's samples, or of their distances from the frame's mean. Nothing has a gradient.
 *
 * @param wave `[B, samples]`. @returns `[B, T, 1]`.
 */
export const frameEnergies = withKernels(frameEnergiesComposite);

export function frameEnergiesComposite(wave: tf.Tensor2D, framing: Framing, removeDc: boolean): tf.Tensor3D {
  const [batch, samples] = wave.shape;
  const { frameSamples, hopSamples } = framing;
  const { frames } = layFrames(samples, framing);
  const extended = extendedWave(wave, framing);
  const sums = (x: tf.Tensor) => {
    const line = tf.reshape(x, [batch, 1, -1, 1]) as tf.Tensor4D;
    const summed = tf.conv2d(line, tf.ones([1, frameSamples, 1, 1]) as tf.Tensor4D, [1, hopSamples], "valid");
    return tf.slice(tf.reshape(summed, [batch, -1, 1]), [0, 0, 0], [batch, frames, 1]) as tf.Tensor3D;
  };
  if (!removeDc) return sums(tf.square(extended));
  // The clip's mean comes off first: a difference of two large sums would leave little of a quiet frame.
  const level = tf.sub(extended, tf.mean(extended, 1, true));
  return tf.relu(tf.sub(sums(tf.square(level)), tf.div(tf.square(sums(level)), frameSamples)));
}
