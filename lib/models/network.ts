/** Joins a front-end and a model to the network that training, evaluation and listening see. */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../base/errors.ts";
import { loadKind } from "../base/kinds.ts";
import { schemaProblem } from "../base/schema_problem.ts";
import type { FrontendSpec } from "../frontends/contract.ts";
import { type OpenChain, openChain } from "../frontends/open.ts";
import { planSteps } from "../frontends/plan.ts";
import { bandsOf } from "../nn/representation.ts";
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
      const seen = change === undefined ? batch : change(chain.transform(state, batch, mode, entry, start));
      const bands = chain.transform(state, seen, mode, start, end);
      return forward(state, cutToLongest(bands, mode.frames), mode);
    },
  };
}

/**
 * The same network with the trained parts of its front-end alone trained: all else runs as it does when it is evaluated,
 * in training too, so that running statistics stay as they are.
 */
export function withFrozenModel(network: Network): Network {
  return {
    ...network,
    specs: network.specs.map((spec) => spec.group === "model" ? { ...spec, trainable: false } : spec),
    forward: (state, batch, { dropout: _, ...mode }, entry) =>
      network.forward(state, batch, { ...mode, training: false }, entry),
  };
}

function modelInput({ representations, framing }: OpenChain, samples: number | null): ModelInput {
  const { channels, bands } = bandsOf("a model", representations.at(-1)!);
  const frames = samples === null ? null : framing.frames(samples);
  if (frames === 0) {
    throw new RangeError(`Cannot cut ${samples} samples into frames: clips are too short for this front-end`);
  }
  return { channels, bands, frames };
}

/** A padded waveform has more frames than its longest clip. */
function cutToLongest(bands: tf.Tensor, frames: Int32Array | undefined): tf.Tensor {
  const time = bands.shape.at(-1)!;
  const longest = frames?.reduce((most, count) => Math.max(most, count), 0) ?? time;
  if (longest === time) return bands;
  return tf.slice(bands, bands.shape.map(() => 0), [...bands.shape.slice(0, -1), longest]);
}
