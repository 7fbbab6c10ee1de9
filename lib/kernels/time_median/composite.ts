/** {@link timeMedian} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { frameMask } from "../operation/valid_frames.ts";

/** Below all that counts, and finite, as it comes about by multiplying with 0. */
const LOWEST = -1e30;

/** `[B, M, T]` to `[B, M, 1]`. */
export function timeMedianComposite(x: tf.Tensor3D, validFrames?: Int32Array): tf.Tensor3D {
  return differentiable(
    { x },
    (save) => {
      const chosen = middleFrame(x, validFrames);
      save(chosen);
      return tf.sum(tf.mul(x, chosen), 2, true) as tf.Tensor3D;
    },
    (dy, saved) => ({ x: () => tf.mul(dy, savedAt(saved, 0)) }),
  );
}

/** `[B, M, T]`: 1 at the frame that the median is taken from, else 0. */
function middleFrame(x: tf.Tensor3D, validFrames: Int32Array | undefined): tf.Tensor {
  const [batch, , frames] = x.shape;
  const counts = validFrames ?? new Int32Array(batch).fill(frames);
  const most = Math.floor(Math.max(...counts) / 2) + 1;
  const { indices } = tf.topk(lowered(x, validFrames), most);
  // Sorted downwards: the lower middle of n is at n / 2, rounded down.
  const place = tf.tensor3d(Float32Array.from(counts, (n) => n >> 1), [batch, 1, 1]);
  const isMiddle = tf.cast(tf.equal(tf.range(0, most, 1, "float32"), place), "float32");
  const frame = tf.sum(tf.mul(tf.cast(indices, "float32"), isMiddle), 2, true);
  return tf.cast(tf.equal(tf.range(0, frames, 1, "float32"), frame), "float32");
}

function lowered(x: tf.Tensor3D, validFrames: Int32Array | undefined): tf.Tensor {
  if (validFrames === undefined) return x;
  const [batch, , frames] = x.shape;
  const mask = tf.reshape(frameMask(validFrames, frames), [batch, 1, frames]);
  return tf.add(tf.mul(x, mask), tf.mul(tf.sub(1, mask), LOWEST));
}
