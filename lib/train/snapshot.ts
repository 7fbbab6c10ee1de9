/** A training between two epochs, as plain values: what resuming needs. */
import * as tf from "@tensorflow/tfjs";
import type { NetworkState } from "../nn/types.ts";
import type { EpochRecord } from "../records/history.ts";
import type { AverageValues } from "./average.ts";
import type { Optimizer } from "./optimizer.ts";

/** Name -> values, row-major. */
export type Values = ReadonlyMap<string, Float32Array>;

export interface BestState {
  readonly epoch: number;
  readonly validationLoss: number;
  /** What it has least of: its validation loss, unless something else decides. */
  readonly score: number;
  readonly state: Values;
}

export interface Snapshot {
  /** Whole epochs done. */
  readonly epoch: number;
  readonly steps: number;
  /** Steps that the whole training is to have, where rates depend on that; else null: it is a part of all longer ones. */
  readonly horizon: number | null;
  /** Parameters and buffers, as training goes on from them. */
  readonly state: Values;
  /** Their average, where one is kept. */
  readonly average: AverageValues | null;
  /** All that the optimizer remembers. */
  readonly optimizer: Values;
  /**
   * The evaluated state with the lowest score so far, of equal ones that with the lower validation loss, then the earlier
   * one; null before the first epoch.
   */
  readonly best: BestState | null;
  readonly history: readonly EpochRecord[];
}

/** What was evaluated after the last epoch: the average where there is one. */
export function evaluatedValues({ state, average }: Pick<Snapshot, "state" | "average">): Values {
  return average === null || average.updates === 0 ? state : average.state;
}

/** Copies of all variables' values. */
export async function copyValues(variables: ReadonlyMap<string, tf.Variable>): Promise<Values> {
  const copies = new Map<string, Float32Array>();
  // slice: some backends hand out the array they go on using
  for (const [name, variable] of variables) copies.set(name, (await variable.data<"float32">()).slice());
  return copies;
}

/**
 * Puts a snapshot's values into a network and its optimizer.
 * @throws {Error} If names or sizes differ: the snapshot is of another network.
 */
export function restoreSnapshot(snapshot: Snapshot, state: NetworkState, optimizer: Optimizer): void {
  assignValues(state, snapshot.state);
  assignValues(optimizer.state, snapshot.optimizer);
}

/** Writes values into variables of the same names and sizes. @throws {Error} If names or sizes differ. */
export function assignValues(variables: ReadonlyMap<string, tf.Variable>, values: Values): void {
  if (variables.size !== values.size) {
    throw new Error(`Cannot assign ${values.size} arrays to ${variables.size} variables`);
  }
  tf.tidy(() => {
    for (const [name, variable] of variables) {
      const found = values.get(name);
      if (found?.length !== variable.size) {
        throw new Error(
          `Cannot assign ${name}: found ${found?.length ?? "no"} values, wanted ${variable.size}`,
        );
      }
      // slice: a tensor may go on using the array it was made from
      variable.assign(tf.tensor(found.slice(), variable.shape, "float32"));
    }
  });
}
