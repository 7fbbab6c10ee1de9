/** What the training loop asks of an optimizer, and what all of them share: groups, their rates, their clipping. */
import * as tf from "@tensorflow/tfjs";
import { sumOf } from "../kernels/standard/sum_of.ts";
import type { NetworkState, ParameterGroup, TensorSpec } from "../nn/types.ts";
import { loadKind } from "../base/kinds.ts";
import type { Parsed } from "../base/record.ts";
import { OPTIMIZERS } from "./optimizers/kinds.ts";
import type { UpdateRule } from "./optimizers/update_rule.ts";
import { type ByGroup, eachGroup, withPeakRates } from "./schedule.ts";
import type { optimSchema } from "./spec.ts";

export interface GroupSpec {
  /** Learning rate before the schedule, >= 0. */
  readonly lr: number;
  /** This share of a parameter is added to its gradient, >= 0. */
  readonly weightDecay: number;
  /** The group's gradients are scaled so that their common norm is at most this; null: they stay as they are. */
  readonly clipNorm: number | null;
}

export type GroupSpecs = ByGroup<GroupSpec>;

/** How parameters change: an optimizer's own values, and what all of them share. */
export type OptimSpec = Parsed<typeof optimSchema>;

export type Gradients = ReadonlyMap<string, tf.Tensor>;

/** Learning rate of each group. */
export type Rates = ByGroup<number>;

export interface Optimizer {
  /** All that it remembers from step to step, by name: part of a snapshot. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  /** Learning rates now. @param factor Multiplies the configured ones. */
  rates(factor: number): Rates;
  /**
   * Changes every trained parameter in place.
   * @param factor Multiplies the learning rates.
   * @throws {Error} If a trained parameter has no gradient.
   */
  step(gradients: Gradients, factor: number): void;
  dispose(): void;
}

// As in torch.nn.utils.clip_grad_norm_: keeps the quotient finite when all gradients are zero.
const NORM_EPSILON = 1e-6;

/** The groups that a specification has values for. */
export function groupsOf({ stft, mel, model, parts }: OptimSpec): ByGroup<OptimSpec["model"]> {
  return { stft, mel, model, ...parts };
}

/** The optimizer that a specification names; groups that set no rate take the schedule's. */
export async function openOptimizer(
  spec: OptimSpec,
  specs: readonly TensorSpec[],
  parameters: NetworkState,
): Promise<Optimizer> {
  const kind = await loadKind(OPTIMIZERS, spec.rule.kind, "optimizer");
  const { rule } = await kind.load();
  const groups = withPeakRates(groupsOf(spec), spec.schedule);
  return createOptimizer(groups, (trained) => rule(kind.schema.parse(spec.rule), trained), specs, parameters);
}

/**
 * @param ruleOf The rule of an optimizer's kind: see `optimizers/kinds.ts`.
 * @param specs Of the whole network; what is not trainable stays as it is.
 * @throws {RangeError} If something trainable is in a group that has no values.
 */
export function createOptimizer(
  groups: GroupSpecs,
  ruleOf: (trained: readonly TensorSpec[]) => UpdateRule,
  specs: readonly TensorSpec[],
  parameters: NetworkState,
): Optimizer {
  const trained = specs.filter((s) => s.trainable);
  const without = trained.find(({ group }) => !Object.hasOwn(groups, group));
  if (without !== undefined) throw new RangeError(`No learning rate for ${without.group} of ${without.name}`);
  const rule = ruleOf(trained);
  const rates = (factor: number) => eachGroup(groups, ({ lr }) => lr * factor);
  return {
    state: rule.state,
    rates,
    step(gradients, factor) {
      tf.tidy(() => {
        const given = new Map(trained.map(({ name }) => [name, gradientOf(gradients, name)]));
        const scales = clipScales(groups, trained, given);
        const now = rates(factor);
        rule.apply(trained.map(({ name, group }) => {
          const [gradient, scale] = [given.get(name)!, scales.get(group)];
          return {
            name,
            parameter: parameters.get(name)!,
            gradient: scale === undefined ? gradient : gradient.mul(scale),
            weightDecay: groups[group]!.weightDecay,
            rate: now[group]!,
          };
        }));
      });
    },
    dispose() {
      for (const variable of rule.state.values()) variable.dispose();
    },
  };
}

function gradientOf(gradients: Gradients, name: string): tf.Tensor {
  const gradient = gradients.get(name);
  if (gradient === undefined) throw new Error(`Trained parameter ${name} has no gradient`);
  return gradient;
}

/** What the gradients of each group that is clipped are multiplied by. */
function clipScales(
  groups: GroupSpecs,
  trained: readonly TensorSpec[],
  gradients: Gradients,
): ReadonlyMap<ParameterGroup, tf.Scalar> {
  const scales = new Map<ParameterGroup, tf.Scalar>();
  for (const group of new Set(trained.map((t) => t.group))) {
    const limit = groups[group]!.clipNorm;
    if (limit === null) continue;
    const own = trained.filter((t) => t.group === group).map(({ name }) => gradients.get(name)!);
    const norm = sumOf(own.map((g) => g.square().sum())).sqrt();
    scales.set(group, tf.minimum(tf.div(limit, norm.add(NORM_EPSILON)), 1) as tf.Scalar);
  }
  return scales;
}
