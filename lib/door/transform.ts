/** What an untrained front-end makes of a wave. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../base/random.ts";
import type { FrontendSpec } from "../frontends/contract.ts";
import { openChain } from "../frontends/open.ts";
import { planSteps } from "../frontends/plan.ts";
import type { Representation } from "../nn/representation.ts";
import { copied, createState, disposeState } from "../nn/state.ts";

/** A wave as it is at one point of a front-end. */
export interface Transformed {
  /** What it is: name, axes, unit. */
  readonly representation: Representation;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Row by row. */
  readonly values: Float32Array;
}

/**
 * What a front-end makes of a wave at the start of training, before values are levelled out for the model.
 *
 * ```ts
 * import { transformWave } from "./lib/mod.ts";
 *
 * const seen = await transformWave(frontend, new Float32Array(8000));
 * console.log(seen.representation.name, seen.shape); // logmel [40, 51]
 * ```
 *
 * @param wave At full scale 1. @param point How many steps are applied; absent: all but those that level values out.
 */
export async function transformWave(
  frontend: FrontendSpec,
  wave: Float32Array,
  point?: number,
): Promise<Transformed> {
  const chain = await openChain(await planSteps(frontend.steps));
  const to = point ?? chain.shown;
  const state = createState({ specs: [...chain.frozenSpecs, ...chain.specs] }, Rng.fromSeed(0));
  const made = tf.tidy(() =>
    tf.clone(chain.transform(state, tf.tensor2d(wave, [1, wave.length]), { training: false }, 0, to))
  );
  const values = await copied(made);
  made.dispose();
  disposeState(state);
  return { representation: chain.representations[to]!, shape: made.shape.slice(1), values };
}
