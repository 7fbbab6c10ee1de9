/** {@link softmaxCrossEntropy} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";

export function softmaxCrossEntropyComposite(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const classes = logits.shape[1];
  return softCrossEntropyComposite(logits, () => tf.cast(tf.oneHot(labels, classes), "float32"));
}

/**
 * @param targets `[batch, classes]`, made where it is needed.
 * @param shares `[batch, 1]`: of each clip in the mean; the same of all by default.
 */
export function softCrossEntropyComposite(
  logits: tf.Tensor2D,
  targets: () => tf.Tensor,
  shares?: tf.Tensor,
): tf.Scalar {
  const [batch] = logits.shape;
  return differentiable(
    { logits },
    (save) => {
      const wanted = targets();
      const shifted = tf.sub(logits, tf.max(logits, 1, true)); // the largest becomes 0: exp cannot overflow
      const logSum = tf.log(tf.sum(tf.exp(shifted), 1, true));
      const logSoftmax = tf.sub(shifted, logSum);
      save(logSoftmax, wanted);
      const each = tf.mul(logSoftmax, wanted);
      const total = shares === undefined ? tf.div(tf.sum(each), batch) : tf.sum(tf.mul(each, shares));
      return tf.neg(total) as tf.Scalar;
    },
    (dy, saved) => ({
      logits: () => {
        const slope = tf.sub(tf.exp(savedAt(saved, 0)), savedAt(saved, 1));
        return tf.mul(slope, shares === undefined ? tf.div(dy, batch) : tf.mul(dy, shares));
      },
    }),
  );
}
