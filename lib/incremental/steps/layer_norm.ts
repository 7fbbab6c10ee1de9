import type { Values } from "../../frontends/compressions/layer_norm/kind.ts";
import type { StepStream } from "./contract.ts";

export const kind: StepStream<Values> = {
  stream({ module, eps }, { tensors }) {
    const [weight, bias] = [tensors(`${module}.weight`), tensors(`${module}.bias`)];
    const bands = weight.length;
    return {
      does: "curve",
      apply(values, at) {
        let [sum, squares] = [0, 0];
        for (let b = 0; b < bands; b++) sum += values[at + b]!;
        const mean = sum / bands;
        for (let b = 0; b < bands; b++) squares += (values[at + b]! - mean) ** 2;
        const factor = 1 / Math.sqrt(squares / bands + eps);
        for (let b = 0; b < bands; b++) {
          values[at + b] = (values[at + b]! - mean) * factor * weight[b]! + bias[b]!;
        }
      },
    };
  },
};
