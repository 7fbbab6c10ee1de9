/** Stochastic gradient descent with momentum, as PyTorch's `torch.optim.SGD` computes it. */
import { sgdMomentum } from "../../../kernels/sgd_momentum/op.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import { type UpdateRule, zerosLike } from "../update_rule.ts";
import type { SgdConfig } from "./kind.ts";

/**
 * For each trained parameter p with gradient g: g += weight_decay * p; v = momentum * v + g; p -= lr * v.
 * Velocities start at zero, which equals PyTorch's start with the first gradient. They are the state, each under its
 * parameter's name; without momentum there are none.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export function rule({ momentum }: SgdConfig, trained: readonly TensorSpec[]): UpdateRule {
  const velocities = zerosLike(momentum === 0 ? [] : trained);
  return {
    state: velocities,
    apply(changes) {
      sgdMomentum(changes.map(({ name, ...change }) => {
        const velocity = velocities.get(name);
        return { ...change, ...(velocity === undefined ? {} : { velocity }), momentum };
      }));
    },
  };
}
