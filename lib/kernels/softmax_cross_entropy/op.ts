/** Mean cross-entropy of class scores, as torch.nn.CrossEntropyLoss. */
import type * as tf from "@tensorflow/tfjs";
import { runOperation } from "../registry.ts";
import { checkFloat, checkShape } from "../shapes.ts";
import { softmaxCrossEntropyComposite } from "./composite.ts";

/**
 * `mean over clips of -log softmax(logits)[label]`.
 *
 * @param logits `[batch, classes]`. @param labels `[batch]`, int32, in 0 .. classes - 1.
 * @returns A scalar; not finite if any logit is not.
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  checkShape("softmaxCrossEntropy", "logits", logits.shape, [null, null]);
  checkFloat("softmaxCrossEntropy", "logits", logits);
  checkShape("softmaxCrossEntropy", "labels", labels.shape, [logits.shape[0]]);
  if (labels.dtype !== "int32") {
    throw new RangeError(`softmaxCrossEntropy: labels are of type ${labels.dtype}, wanted int32`);
  }
  return runOperation("softmaxCrossEntropy", softmaxCrossEntropyComposite, logits, labels);
}
