/** Connectionist temporal classification (Graves et al. 2006), as torch.nn.functional.ctc_loss of a log-softmax. */
import type * as tf from "@tensorflow/tfjs";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { ctcLossComposite } from "./composite.ts";
import { BLANK, type CtcTargets } from "./types.ts";
import { ctcLossWasm } from "./wasm.ts";
import { ctcLossWebGpu } from "./webgpu.ts";

export { leastFrames } from "./feasible.ts";
export { BLANK, type CtcTargets } from "./types.ts";

const run = withKernels(ctcLossComposite, { wasm: ctcLossWasm, webgpu: ctcLossWebGpu });

/**
 * Each clip's `-log` of the probability that its frames spell out its labels, divided by the number of labels (at
 * least 1), and the mean of these over the batch.
 *
 * A clip with fewer frames than {@link leastFrames} of its labels makes the loss Infinity, as in PyTorch; its gradient
 * is zero, that of the other clips what it would be without it.
 *
 * @param logits `[B, T, classes]`. What frames beyond a clip's own hold does not matter.
 * @returns A scalar; NaN if a logit that counts is not finite.
 * @throws {RangeError} If sizes, a label or a length do not fit.
 */
export function ctcLoss(logits: tf.Tensor3D, targets: CtcTargets): tf.Scalar {
  checkFloat("ctcLoss", "logits", logits);
  checkShape("ctcLoss", "logits", logits.shape, [null, null, null]);
  checkTargets(logits.shape, targets);
  return run(logits, targets);
}

function checkTargets([batch, length, classes]: [number, number, number], targets: CtcTargets): void {
  const { labels, labelLengths, frames } = targets;
  checkShape("ctcLoss", "labelLengths", [labelLengths.length], [batch]);
  checkShape("ctcLoss", "frames", [frames.length], [batch]);
  const most = labels.length / batch;
  if (!Number.isInteger(most)) {
    throw new RangeError(
      `ctcLoss: ${labels.length} labels, wanted a whole number for each of ${batch} clips`,
    );
  }
  checkRange("a clip has", frames, 1, length, "frames");
  checkRange("a clip has", labelLengths, 0, most, "labels");
  labelLengths.forEach((count, clip) =>
    checkRange(
      "found",
      labels.subarray(clip * most, clip * most + count),
      BLANK + 1,
      classes - 1,
      "as a label",
    )
  );
}

function checkRange(verb: string, values: Int32Array, least: number, most: number, what: string): void {
  const wrong = values.find((value) => value < least || value > most);
  if (wrong !== undefined) {
    throw new RangeError(`ctcLoss: ${verb} ${wrong} ${what}, wanted ${least} to ${most}`);
  }
}
