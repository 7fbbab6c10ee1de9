import * as tf from "@tensorflow/tfjs";
import { frameMask } from "../../../kernels/operation/valid_frames.ts";
import type { Layer } from "../../contract.ts";

/** `[B, M, T]` to the same. */
export function layer(): Layer {
  return {
    apply: (_state, x, { frames }) => tf.sub(x, meanOverFrames(x as tf.Tensor3D, frames)),
    project: () => {},
  };
}

/** `[B, M, T]` to `[B, M, 1]`: of the frames that count. */
function meanOverFrames(x: tf.Tensor3D, frames: Int32Array | undefined): tf.Tensor {
  if (frames === undefined) return tf.mean(x, 2, true);
  const [batch, , length] = x.shape;
  const sums = tf.sum(tf.mul(x, tf.reshape(frameMask(frames, length), [batch, 1, length])), 2, true);
  return tf.div(sums, tf.tensor(frames, [batch, 1, 1], "float32"));
}
