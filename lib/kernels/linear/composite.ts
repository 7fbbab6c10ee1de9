/** {@link linear} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { matmul } from "../standard/matmul.ts";

export function linearComposite(x: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor2D {
  const product = differentiable(
    { x, weight },
    (save) => {
      save(x, weight);
      return matmul(x, tf.transpose(weight));
    },
    (dy, saved) => ({
      x: () => matmul(dy, savedAt<tf.Tensor2D>(saved, 1)),
      weight: () => matmul(tf.transpose(dy), savedAt<tf.Tensor2D>(saved, 0)),
    }),
  );
  return bias === undefined ? product : tf.add(product, bias);
}
