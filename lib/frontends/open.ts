/** A front-end at work: its steps one after the other, from any point to any other. */
import type * as tf from "@tensorflow/tfjs";
import type { SpectrumPass } from "../kernels/spectrum/pass.ts";
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
  /**
   * The steps from the wave to a point as plain values, for those who have no tensors; undefined: they are not one pass.
   * @param state Has the tensors of these steps.
   */
  pass(state: NetworkState, to: number): Promise<SpectrumPass | undefined>;
  /** Brings trained parameters back into their allowed set. */
  project(state: NetworkState): void;
}

export async function openChain(chain: Chain): Promise<OpenChain> {
  const layers = await Promise.all(
    chain.steps.map(async ({ kind, values }) => (await kind.layer()).layer(values)),
  );
  return chainOf(chain, layers);
}

/** @param layers Of the chain's steps, in their order. */
export function chainOf(chain: Chain, layers: readonly Layer[]): OpenChain {
  const { steps, frozen } = chain;
  // Not across the frozen boundary: what was cached up to there is what a forward from the wave has there.
  const passes = layers.map((layer, i) => {
    const fused = [layer];
    for (let next = i + 1; next < layers.length && next !== frozen; next++) {
      const further = fused.at(-1)!.fused?.(layers[next]!);
      if (further === undefined) break;
      fused.push(further);
    }
    return fused;
  });
  return {
    ...chain,
    transform(state, x, mode, from, to) {
      let [at, seen] = [from, x];
      while (at < to) {
        const pass = passes[at]!.slice(0, to - at);
        seen = pass.at(-1)!.apply(state, seen, mode);
        at += pass.length;
      }
      return seen;
    },
    async pass(state, to) {
      return await passes[0]?.[to - 1]?.pass?.(state);
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
