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
  /** What is to be evaluated after an epoch: null as long as there is no average. */
  readonly state: NetworkState | null;
  afterStep(): void;
  /** @param epoch From 1. */
  afterEpoch(epoch: number): void;
  /** After an epoch. */
  copy(): Promise<AverageValues>;
  restore(values: AverageValues): void;
  dispose(): void;
}

/** @param state Of the network in training: read, never changed. */
export function averageOf(spec: AverageSpec, state: NetworkState): StateAverage {
  // One behind the other: a few operations a step in the place of some for each tensor.
  const average = zeros([[...state.values()].reduce((size, variable) => size + variable.size, 0)]);
  const averaged: NetworkState = new Map([...state].map(([name, { shape }]) => [name, zeros(shape)]));
  let updates = 0;
  const take = (keep: number) => {
    // By the difference, so that what training leaves alone keeps its bytes.
    tf.tidy(() => average.assign(tf.add(average, tf.mul(tf.sub(flattened(state), average), 1 - keep))));
    updates++;
  };
  return {
    get state() {
      return updates === 0 ? null : averaged;
    },
    afterStep() {
      if (spec.kind === "ema") take(updates === 0 ? 0 : Math.min(spec.decay, (1 + updates) / (10 + updates)));
    },
    afterEpoch(epoch) {
      if (spec.kind === "swa" && epoch >= spec.fromEpoch) take(updates / (updates + 1));
      let at = 0;
      for (const own of averaged.values()) {
        tf.tidy(() => own.assign(tf.reshape(tf.slice(average, at, own.size), own.shape)));
        at += own.size;
      }
    },
    copy: async () => ({ updates, state: await copyValues(averaged) }),
    restore(values) {
      updates = values.updates;
      assignValues(averaged, values.state);
      tf.tidy(() => average.assign(flattened(averaged)));
    },
    dispose() {
      average.dispose();
      for (const own of averaged.values()) own.dispose();
    },
  };
}

/** All values of a state. */
function flattened(state: NetworkState): tf.Tensor1D {
  return tf.tidy(() => tf.concat1d([...state.values()].map((variable) => variable.as1D())));
}

function zeros(shape: number[]): tf.Variable {
  const values = tf.zeros(shape);
  const variable = tf.variable(values, false);
  values.dispose();
  return variable;
}
