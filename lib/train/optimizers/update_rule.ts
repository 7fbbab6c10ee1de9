/** What tells one optimizer from another: how a parameter changes, given its gradient. */
import * as tf from "@tensorflow/tfjs";
import type { TensorSpec } from "../../nn/types.ts";

/** One parameter in one step, its gradient already clipped. */
export interface ParameterChange {
  readonly name: string;
  readonly parameter: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly weightDecay: number;
  /** Learning rate of the parameter's group, now. */
  readonly rate: number;
}

export interface UpdateRule {
  /** Running arrays by name: all that the rule remembers from step to step. Disposed of by the owner of the rule. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  /** Takes one step, changing parameters and state in place. */
  apply(changes: readonly ParameterChange[]): void;
}

/** An array of zeros for each parameter, by the parameter's name. */
export function zerosLike(trained: readonly TensorSpec[]): Map<string, tf.Variable> {
  return new Map(trained.map(({ name, shape }) => [name, stateVariable(tf.zeros([...shape]))]));
}

/** A variable that takes over the values of `initial`, which is disposed of. */
export function stateVariable(initial: tf.Tensor): tf.Variable {
  const variable = tf.variable(initial, false);
  initial.dispose(); // a variable holds its own reference to the data
  return variable;
}
