/**
 * Averages of a network's state over training, which are evaluated and kept in its place. Parameters and running
 * statistics are averaged alike, so that an average always has statistics of its own.
 */
import * as tf from "@tensorflow/tfjs";
import type { NetworkState } from "../nn/types.ts";
import { assignValues, copyValues, type Values } from "./snapshot.ts";
import type { AverageSpec } from "./spec.ts";

/** An average between two epochs, as plain values. */
export interface AverageValues {
  /** How many states it is made of. */
  readonly updates: number;
  readonly state: Values;
}

/** Open until disposed of. */
export interface StateAverage {
  /** What is to be evaluated: null as long as there is no average. */
  readonly state: NetworkState | null;
  afterStep(): void;
  /** @param epoch From 1. */
  afterEpoch(epoch: number): void;
  copy(): Promise<AverageValues>;
  restore(values: AverageValues): void;
  dispose(): void;
}

/** @param state Of the network in training: read, never changed. */
export function averageOf(spec: AverageSpec, state: NetworkState): StateAverage {
  const averaged: NetworkState = new Map(
    [...state].map(([name, variable]) => {
      const own = tf.add(variable, 0); // a clone would share memory that optimizers write into
      const average = tf.variable(own, false);
      own.dispose();
      return [name, average];
    }),
  );
  let updates = 0;
  const take = (keep: number) => {
    tf.tidy(() => {
      for (const [name, average] of averaged) {
        average.assign(tf.add(tf.mul(average, keep), tf.mul(state.get(name)!, 1 - keep)));
      }
    });
    updates++;
  };
  return {
    get state() {
      return updates === 0 ? null : averaged;
    },
    afterStep() {
      if (spec.kind === "ema") take(Math.min(spec.decay, (1 + updates) / (10 + updates)));
    },
    afterEpoch(epoch) {
      if (spec.kind === "swa" && epoch >= spec.fromEpoch) take(updates / (updates + 1));
    },
    copy: async () => ({ updates, state: await copyValues(averaged) }),
    restore(values) {
      updates = values.updates;
      assignValues(averaged, values.state);
    },
    dispose() {
      for (const variable of averaged.values()) variable.dispose();
    },
  };
}
