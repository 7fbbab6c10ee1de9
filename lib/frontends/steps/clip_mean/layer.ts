import * as tf from "@tensorflow/tfjs";
import { frameMask } from "../../../kernels/operation/valid_frames.ts";
import type { Layer } from "../../contract.ts";

/** `[B, M, T]` or `[B, C, M, T]` to the same. */
export function layer(): Layer {
  return {
    apply: (_state, x, { frames }) => tf.sub(x, meanOverFrames(x, frames)),
    project: () => {},
  };
}

/** One value in the place of time: of the frames that count. */
function meanOverFrames(x: tf.Tensor, frames: Int32Array | undefined): tf.Tensor {
  if (frames === undefined) return tf.mean(x, -1, true);
  const [batch, length] = [x.shape[0]!, x.shape.at(-1)!];
  const between = x.shape.slice(1, -1).map(() => 1);
  const sums = tf.sum(
    tf.mul(x, tf.reshape(frameMask(frames, length), [batch, ...between, length])),
    -1,
    true,
  );
  return tf.div(sums, tf.tensor(frames, [batch, ...between, 1], "float32"));
}
