/** Stochastic gradient descent with momentum, as PyTorch's `torch.optim.SGD` computes it. */
import * as tf from "@tensorflow/tfjs";
import type { NetworkState, TensorSpec } from "../nn/types.ts";

export interface GroupSpec {
  /** Learning rate before the schedule, >= 0. */
  readonly lr: number;
  /** This share of a parameter is added to its gradient, >= 0. */
  readonly weight_decay: number;
}

export interface SgdSpec {
  readonly kind: "sgd";
  /** From 0 to below 1; without dampening. */
  readonly momentum: number;
  readonly model: GroupSpec;
  readonly frontend: GroupSpec;
  /** Gradients are scaled so that their norm over all parameters is at most this; off if absent or null. */
  readonly clip_norm?: number | null;
}

export type Gradients = ReadonlyMap<string, tf.Tensor>;

export interface Rates {
  readonly model: number;
  readonly frontend: number;
}

/** What the loop asks of an optimizer. */
export interface Optimizer {
  /** Running arrays by name: part of a snapshot. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  /** Learning rates now. @param factor Multiplies the configured ones. */
  rates(factor: number): Rates;
  /** Changes every trained parameter in place. @param factor Multiplies the learning rates. */
  step(gradients: Gradients, factor: number): void;
  dispose(): void;
}

// As in torch.nn.utils.clip_grad_norm_: keeps the quotient finite when all gradients are zero.
const NORM_EPSILON = 1e-6;

/**
 * For each trained parameter p with gradient g: g += weight_decay * p; v = momentum * v + g; p -= lr * v.
 * Velocities start at zero, which equals PyTorch's start with the first gradient.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export function createSgd(spec: SgdSpec, specs: readonly TensorSpec[], parameters: NetworkState): Optimizer {
  const trained = specs.filter((s) => s.trainable);
  const velocities = new Map(
    spec.momentum === 0 ? [] : trained.map(({ name, shape }) => [name, zeroVariable(shape)]),
  );
  const rates = (factor: number) => ({ model: spec.model.lr * factor, frontend: spec.frontend.lr * factor });
  return {
    state: velocities,
    rates,
    step(gradients, factor) {
      tf.tidy(() => {
        const scale = clipScale([...gradients.values()], spec.clip_norm ?? null);
        const now = rates(factor);
        for (const { name, group } of trained) {
          const parameter = parameters.get(name)!;
          const decay = spec[group].weight_decay;
          let change = gradients.get(name);
          if (change === undefined) throw new Error(`Trained parameter ${name} has no gradient`);
          if (scale !== null) change = change.mul(scale);
          if (decay !== 0) change = change.add(parameter.mul(decay));
          const velocity = velocities.get(name);
          if (velocity !== undefined) velocity.assign(change = velocity.mul(spec.momentum).add(change));
          parameter.assign(parameter.sub(change.mul(now[group])));
        }
      });
    },
    dispose() {
      for (const velocity of velocities.values()) velocity.dispose();
    },
  };
}

function clipScale(gradients: readonly tf.Tensor[], limit: number | null): tf.Scalar | null {
  if (limit === null) return null;
  const norm = tf.addN(gradients.map((g) => g.square().sum())).sqrt();
  return tf.minimum(tf.div(limit, norm.add(NORM_EPSILON)), 1) as tf.Scalar;
}

function zeroVariable(shape: readonly number[]): tf.Variable {
  const zeros = tf.zeros([...shape]);
  const variable = tf.variable(zeros, false);
  zeros.dispose(); // a variable holds its own reference to the data
  return variable;
}
