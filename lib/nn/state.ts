/** A network's state: its variables by name. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../base/random.ts";
import type { NetworkState, TensorSpec } from "./types.ts";

/** All that a state is made from: every network has it. */
interface Specified {
  readonly specs: readonly TensorSpec[];
}

/** Draws the initial values. Each tensor has a generator of its own, so adding one changes no other. */
export function createState(network: Specified, rng: Rng): NetworkState {
  return new Map(network.specs.map((spec) => {
    const initial = tf.tensor(spec.init(rng.fork(spec.name)), [...spec.shape], "float32");
    const variable = tf.variable(initial, spec.trainable);
    initial.dispose();
    return [spec.name, variable];
  }));
}

/** Tensors of a frozen prefix at the values they are frozen at, which follow from the specification alone. */
export function frozenState({ frozenSpecs }: { readonly frozenSpecs: readonly TensorSpec[] }): NetworkState {
  return createState({ specs: frozenSpecs }, Rng.fromSeed(0));
}

export function disposeState(state: NetworkState): void {
  for (const variable of state.values()) variable.dispose();
}

/** Number of values that training may change. */
export function countTrainable(network: Specified): number {
  return network.specs
    .filter((spec) => spec.trainable)
    .reduce((sum, spec) => sum + spec.shape.reduce((size, n) => size * n, 1), 0);
}

/** @throws {Error} If the state has no such tensor. */
export function stateVariable(state: NetworkState, name: string): tf.Variable {
  const variable = state.get(name);
  if (variable === undefined) throw new Error(`The network's state has no tensor ${JSON.stringify(name)}`);
  return variable;
}

/** The variable as a tensor of known rank. */
export function stateTensor<T extends tf.Tensor>(state: NetworkState, name: string): T {
  return stateVariable(state, name) as tf.Tensor as T;
}

/** A tensor's values, the caller's own: some backends hand out the array they go on using. */
export async function copied(tensor: tf.Tensor): Promise<Float32Array> {
  return (await tensor.data<"float32">()).slice();
}

/** Values of one tensor of a state. */
export function copyOf(state: NetworkState, name: string): Promise<Float32Array> {
  return copied(stateVariable(state, name));
}
