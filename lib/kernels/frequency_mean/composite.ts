/** {@link frequencyMean} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable } from "../operation/differentiable.ts";
import { meanOverFrequency } from "../standard/reduce.ts";

export function frequencyMeanComposite(x: tf.Tensor4D): tf.Tensor4D {
  const [, frequencies, frames, channels] = x.shape;
  return differentiable(
    { x },
    () => meanOverFrequency(x),
    (dy) => ({
      // Adding to zeros repeats along an axis much faster than tiling does.
      x: () => tf.add(tf.zeros([1, frequencies, frames, channels]), tf.div(dy, frequencies)),
    }),
  );
}
