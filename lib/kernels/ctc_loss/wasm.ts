/** {@link ctcLoss} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { scaled } from "../matrices/wasm.ts";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import type { CtcTargets } from "./types.ts";

export function ctcLossWasm(kernels: WasmKernels, logits: tf.Tensor3D, targets: CtcTargets): tf.Scalar {
  const [batch, length, classes] = logits.shape;
  const { labels, labelLengths, frames } = targets;
  const keep = recordsGradients();
  return differentiable<Record<string, tf.Tensor>, tf.Scalar>(
    { logits },
    (save) => {
      const loss = kernels.output<tf.Scalar>([]);
      const gradient = kernels.output(logits.shape);
      const pieces = { labels: labels.length, counts: batch, lengths: batch, losses: 2 * batch };
      kernels.borrowPieces(pieces, (at) => {
        kernels.writeIntegers(at.labels, labels);
        kernels.writeIntegers(at.counts, labelLengths);
        kernels.writeIntegers(at.lengths, frames);
        // deno-fmt-ignore
        kernels.run(COMPILED.ctcLoss, batch, [
          kernels.addressOf(logits), batch, length, classes, at.labels, labels.length / batch, at.counts, at.lengths,
          Number(keep), at.losses, gradient.address,
        ], scratchFloats(targets, classes) * 4);
        kernels.run(COMPILED.sumLosses, 1, [at.losses, batch, loss.address]);
      });
      if (keep) save(gradient.tensor);
      else gradient.tensor.dispose();
      return loss.tensor;
    },
    (dy, saved) => ({ logits: () => scaled(kernels, savedAt(saved, 0), dy) }),
  );
}

/** As much as the clip with the most labels may need in the longest clip's frames. */
function scratchFloats({ labelLengths, frames }: CtcTargets, classes: number): number {
  const states = 2 * labelLengths.reduce((most, count) => Math.max(most, count), 0) + 1;
  const row = Math.ceil(states / 4) * 4 + 8;
  const longest = frames.reduce((most, count) => Math.max(most, count), 0);
  return row * (longest + 5) + 2 * Math.ceil(classes / 4) * 4 + 8;
}
