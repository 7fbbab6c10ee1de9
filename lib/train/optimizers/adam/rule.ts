/** Adam, as PyTorch's `torch.optim.Adam` computes it (weight decay is part of the gradient; no AMSGrad). */
import * as tf from "@tensorflow/tfjs";
import { adam } from "../../../kernels/adam/op.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import { stateVariable, type UpdateRule, zerosLike } from "../update_rule.ts";
import type { AdamConfig } from "./kind.ts";

const STEP = "step";

/**
 * For each trained parameter p with gradient g, in step t: g += weight_decay * p; m = beta1 * m + (1 - beta1) * g;
 * v = beta2 * v + (1 - beta2) * g^2; p -= lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps).
 * The state has PyTorch's names: `step` (a scalar), then `exp_avg/NAME` and `exp_avg_sq/NAME` for each parameter.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Adam.html
 */
export function rule({ betas, eps }: AdamConfig, trained: readonly TensorSpec[]): UpdateRule {
  const [averages, squareAverages] = [zerosLike(trained), zerosLike(trained)];
  const taken = stateVariable(tf.scalar(0));
  return {
    state: new Map([
      [STEP, taken],
      ...[...averages].map(([name, array]) => [`exp_avg/${name}`, array] as const),
      ...[...squareAverages].map(([name, array]) => [`exp_avg_sq/${name}`, array] as const),
    ]),
    apply(changes) {
      // Nothing computes with it on the device, so reading does not wait for one. Exact to 2^24 steps; both
      // corrections are 1 long before.
      const step = taken.dataSync<"float32">()[0]! + 1;
      taken.assign(tf.scalar(step));
      adam(changes.map(({ name, ...change }) => ({
        ...change,
        average: averages.get(name)!,
        squareAverage: squareAverages.get(name)!,
        betas,
        eps,
        step,
      })));
    },
  };
}
