/** {@link pointwiseConv} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { linearComposite } from "../linear/composite.ts";
import { asMatrix } from "../standard/matmul.ts";

export function pointwiseConvComposite(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias?: tf.Tensor1D,
): tf.Tensor4D {
  const [batch, frequencies, frames, channels] = x.shape;
  const [out] = weight.shape;
  const places = asMatrix(x, batch * frequencies * frames, channels);
  const mapped = linearComposite(places, asMatrix(weight, out, channels), bias);
  return tf.reshape(mapped, [batch, frequencies, frames, out]);
}
