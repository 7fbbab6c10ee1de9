/** A front-end at work: its steps one after the other, from any point to any other. */
import type * as tf from "@tensorflow/tfjs";
import type { ForwardMode, NetworkState } from "../nn/types.ts";
import type { Layer, View } from "./contract.ts";
import type { Chain, LoadedStep } from "./plan.ts";

export interface OpenChain extends Chain {
  /**
   * The steps from one point to another.
   * @param state Has the chain's `specs`, and its `frozenSpecs` where steps of the frozen prefix are among these.
   * @param x `[batch, ...shape at from]`; itself, if there is no step between the points.
   */
  transform(state: NetworkState, x: tf.Tensor, mode: ForwardMode, from: number, to: number): tf.Tensor;
  /** Brings trained parameters back into their allowed set. */
  project(state: NetworkState): void;
}

export async function openChain(chain: Chain): Promise<OpenChain> {
  const { steps, frozen } = chain;
  const layers = await Promise.all(
    steps.map(async ({ kind, values }) => (await kind.layer()).layer(values)),
  );
  // Not across the frozen boundary: what was cached up to there is what a forward from the wave has there.
  const pairs = layers.map((layer, i): Layer | undefined => {
    const next = layers[i + 1];
    return next === undefined || i + 1 === frozen ? undefined : layer.fused?.(next);
  });
  return {
    ...chain,
    transform(state, x, mode, from, to) {
      let [at, seen] = [from, x];
      while (at < to) {
        const pair = at + 2 <= to ? pairs[at] : undefined;
        seen = (pair ?? layers[at]!).apply(state, seen, mode);
        at += pair === undefined ? 1 : 2;
      }
      return seen;
    },
    project: (state) => layers.forEach((layer, i) => steps[i]!.values.trained && layer.project(state)),
  };
}

/** How to look at what a step's tensors stand for. @param state Has the step's tensors. */
export async function viewsOf(
  { kind, values }: LoadedStep,
  state: NetworkState,
  sampleRate: number,
): Promise<readonly View[]> {
  return await (await kind.look?.())?.look(values, state, sampleRate) ?? [];
}
