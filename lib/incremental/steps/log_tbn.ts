import type { Values } from "../../frontends/compressions/log_tbn/kind.ts";
import { EPSILON } from "../../kernels/batch_norm/types.ts";
import { affineOfNorm } from "../layers/weights.ts";
import type { StepStream } from "./contract.ts";

/** With the median they depend on a whole clip: a second channel is what logs are above it. */
export const kind: StepStream<Values> = {
  stream({ module, median }, { tensors }) {
    const factors = tensors(`${module}.log1p.a`).map((a) => 10 ** a);
    const { scale, shift } = affineOfNorm(tensors, `${module}.TBN.bn`, EPSILON);
    const bands = factors.length;
    if (median) {
      return {
        does: "whole",
        outputs: 2 * bands,
        apply(x, frames, y) {
          for (let b = 0; b < bands; b++) {
            const logs = Float32Array.from(
              { length: frames },
              (_, t) => Math.log1p(x[t * bands + b]! * factors[b]!),
            );
            const middle = logs.toSorted()[(frames - 1) >> 1]!; // the lower one of two
            for (let t = 0; t < frames; t++) {
              const at = 2 * t * bands + b;
              y[at] = logs[t]! * scale[b]! + shift[b]!;
              y[at + bands] = (logs[t]! - middle) * scale[bands + b]! + shift[bands + b]!;
            }
          }
        },
      };
    }
    return {
      does: "curve",
      apply(values, at) {
        for (let b = 0; b < bands; b++) {
          values[at + b] = Math.log1p(values[at + b]! * factors[b]!) * scale[b]! + shift[b]!;
        }
      },
    };
  },
};
