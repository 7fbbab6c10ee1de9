import { EPSILON } from "../../kernels/batch_norm/types.ts";
import type { Values } from "../../frontends/steps/batch_norm/kind.ts";
import { affineOfNorm } from "../layers/weights.ts";
import type { StepStream } from "./contract.ts";

/** By running statistics, as in every evaluation. */
export const kind: StepStream<Values> = {
  stream({ module }, { tensors }) {
    const { scale, shift } = affineOfNorm(tensors, module, EPSILON, false);
    return {
      does: "curve",
      apply(values, at) {
        for (let i = 0; i < scale.length; i++) values[at + i] = values[at + i]! * scale[i]! + shift[i]!;
      },
    };
  },
};
