/** Joins a front-end and a model to the network that training, evaluation and listening see. */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../base/errors.ts";
import { loadKind } from "../base/kinds.ts";
import { schemaProblem } from "../base/schema_problem.ts";
import type { FrontendSpec } from "../frontends/contract.ts";
import { type OpenChain, openChain } from "../frontends/open.ts";
import { planSteps } from "../frontends/plan.ts";
import { sizesOf } from "../nn/representation.ts";
import type { Head, ModelInput, ModelSpec } from "./contract.ts";
import { MODELS } from "./kinds.ts";
import type { Network } from "./network_contract.ts";

/**
 * @param classes Number of logits; for connectionist temporal classification the first is the blank.
 * @param samples Length of every clip, before the front-end; null where clips are of any length.
 * @throws {RangeError} If the sizes do not fit each other. @throws {UserError} `bad-config` for a kind or
 *   values that are not known.
 */
export async function buildNetwork(
  frontend: FrontendSpec,
  model: ModelSpec,
  head: Head,
  classes: number,
  samples: number | null,
): Promise<Network> {
  const kind = await loadKind(MODELS, model.kind, "model");
  const config = kind.schema.safeParse(model);
  if (!config.success) {
    throw new UserError("bad-config", `Cannot build ${model.kind}: ${schemaProblem(config.error)}.`);
  }
  const chain = await openChain(await planSteps(frontend.steps));
  const { body } = await kind.load(head);
  const { specs, forward } = body(config.data, modelInput(chain, samples), classes);
  const end = chain.steps.length;
  return {
    ...chain,
    head,
    classes,
    steps: chain.steps.map(({ spec }) => spec),
    specs: [...chain.specs, ...specs],
    forward(state, batch, mode, entry = chain.frozen) {
      const { change } = mode;
      const start = change === undefined ? entry : chain.shown;
      const seen = change === undefined
        ? batch
        : change(chain.transform(state, batch, mode, entry, start) as tf.Tensor3D);
      const bands = chain.transform(state, seen, mode, start, end) as tf.Tensor3D;
      return forward(state, cutToLongest(bands, mode.frames), mode);
    },
  };
}

function modelInput({ representations, framing }: OpenChain, samples: number | null): ModelInput {
  const [bands] = sizesOf("a model", representations.at(-1)!, ["band", "time"]);
  const frames = samples === null ? null : framing.frames(samples);
  if (frames === 0) {
    throw new RangeError(`Cannot cut ${samples} samples into frames: clips are too short for this front-end`);
  }
  return { channels: 1, bands: bands!, frames };
}

/** A padded waveform has more frames than its longest clip. */
function cutToLongest(bands: tf.Tensor3D, frames: Int32Array | undefined): tf.Tensor3D {
  const longest = frames?.reduce((most, count) => Math.max(most, count), 0) ?? bands.shape[2];
  return longest < bands.shape[2] ? tf.slice(bands, [0, 0, 0], [-1, -1, longest]) : bands;
}
