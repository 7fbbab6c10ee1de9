/** Mean cross-entropy of class scores, as torch.nn.CrossEntropyLoss. */
import * as tf from "@tensorflow/tfjs";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { softCrossEntropyComposite, softmaxCrossEntropyComposite } from "./composite.ts";
import { softmaxCrossEntropyWasm } from "./wasm.ts";
import { softmaxCrossEntropyWebGpu } from "./webgpu.ts";

const run = withKernels(softmaxCrossEntropyComposite, {
  wasm: softmaxCrossEntropyWasm,
  webgpu: softmaxCrossEntropyWebGpu,
});

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
  return run(logits, labels);
}

/**
 * The same for clips that are several classes: `mean over clips of -sum over classes of target log softmax(logits)`.
 *
 * @param logits `[batch, classes]`. @param targets `[batch, classes]`, each clip's add up to 1.
 * @param shares `[batch]`: of each clip in the mean, adding up to 1; the same of all by default.
 */
export function softCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D, shares?: tf.Tensor1D): tf.Scalar {
  checkShape("softCrossEntropy", "logits", logits.shape, [null, null]);
  checkFloat("softCrossEntropy", "logits", logits);
  checkShape("softCrossEntropy", "targets", targets.shape, logits.shape);
  if (shares === undefined) return softCrossEntropyComposite(logits, () => targets);
  checkShape("softCrossEntropy", "shares", shares.shape, [logits.shape[0]]);
  return softCrossEntropyComposite(logits, () => targets, tf.expandDims(shares, 1));
}
