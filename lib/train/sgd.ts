/** Stochastic gradient descent with momentum, as PyTorch's `torch.optim.SGD` computes it. */
import * as tf from "@tensorflow/tfjs";
import { sgdMomentum } from "../kernels/sgd_momentum/op.ts";
import type { NetworkState, ParameterGroup, TensorSpec } from "../nn/types.ts";

export interface GroupSpec {
  /** Learning rate before the schedule, >= 0. */
  readonly lr: number;
  /** This share of a parameter is added to its gradient, >= 0. */
  readonly weight_decay: number;
  /** The group's gradients are scaled so that their common norm is at most this; null: they stay as they are. */
  readonly clip_norm: number | null;
}

export interface SgdSpec extends Readonly<Record<ParameterGroup, GroupSpec>> {
  readonly kind: "sgd";
  /** From 0 to below 1; without dampening. */
  readonly momentum: number;
}

export type Gradients = ReadonlyMap<string, tf.Tensor>;

/** Learning rate of each group. */
export type Rates = Readonly<Record<ParameterGroup, number>>;

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
  const rates = (factor: number) => ({
    stft: spec.stft.lr * factor,
    mel: spec.mel.lr * factor,
    model: spec.model.lr * factor,
  });
  return {
    state: velocities,
    rates,
    step(gradients, factor) {
      tf.tidy(() => {
        const scales = clipScales(spec, trained, gradients);
        const now = rates(factor);
        sgdMomentum(trained.map(({ name, group }) => {
          const gradient = gradients.get(name);
          if (gradient === undefined) throw new Error(`Trained parameter ${name} has no gradient`);
          const [scale, velocity] = [scales.get(group), velocities.get(name)];
          return {
            parameter: parameters.get(name)!,
            ...(velocity === undefined ? {} : { velocity }),
            gradient: scale === undefined ? gradient : gradient.mul(scale),
            weightDecay: spec[group].weight_decay,
            momentum: spec.momentum,
            rate: now[group],
          };
        }));
      });
    },
    dispose() {
      for (const velocity of velocities.values()) velocity.dispose();
    },
  };
}

/** What the gradients of each group that is clipped are multiplied by. */
function clipScales(
  spec: SgdSpec,
  trained: readonly TensorSpec[],
  gradients: Gradients,
): ReadonlyMap<ParameterGroup, tf.Scalar> {
  const scales = new Map<ParameterGroup, tf.Scalar>();
  for (const group of new Set(trained.map((t) => t.group))) {
    const limit = spec[group].clip_norm;
    if (limit === null) continue;
    const own = trained.filter((t) => t.group === group).map(({ name }) => gradients.get(name)!);
    const norm = tf.addN(own.map((g) => g.square().sum())).sqrt();
    scales.set(group, tf.minimum(tf.div(limit, norm.add(NORM_EPSILON)), 1) as tf.Scalar);
  }
  return scales;
}

function zeroVariable(shape: readonly number[]): tf.Variable {
  const zeros = tf.zeros([...shape]);
  const variable = tf.variable(zeros, false);
  zeros.dispose(); // a variable holds its own reference to the data
  return variable;
}
