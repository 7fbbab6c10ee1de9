/** What the tests of streams share: networks with random values everywhere, streams, and what the whole clip gives. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import type { CompressionConfig, FrontendSpec } from "../../../lib/frontends/contract.ts";
import { makeFrontend } from "../../../lib/door/frontend.ts";
import { openNetworkStream } from "../../../lib/incremental/open_io.ts";
import type { Decision, NetworkStream } from "../../../lib/incremental/stream.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { copied, createState, disposeState, frozenState } from "../../../lib/nn/state.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { configOf } from "../frontends/papers.ts";

export const CLASSES = 5;

export const BC_RESNET = { kind: "bc_resnet", dropout: { transition: 0, broadcasted: 0 } };

/** nnAudio's front-end, of which nothing is trained, with another compression than its own. */
export async function compressed(
  compression: CompressionConfig,
  trained: readonly string[] = [],
): Promise<FrontendSpec> {
  const { config, context } = configOf("nnaudio");
  return await makeFrontend(config, { ...context, compression, trained });
}

/** A network whose every tensor, running statistics too, is moved away from where it starts. */
export async function randomNetwork(
  frontend: FrontendSpec,
  model: ModelSpec,
  samples: number,
): Promise<{ readonly network: Network; readonly state: NetworkState }> {
  const network = await buildNetwork(frontend, model, "clip", CLASSES, samples);
  const state = createState(network, Rng.fromSeed(5));
  for (const { name, group } of network.specs) {
    const variable = state.get(name)!;
    const rng = Rng.fromSeed(name);
    const share = group === "model" || name.includes("running") ? 0.3 : 0.02;
    const moved = (await copied(variable)).map((value) => {
      const factor = rng.uniform(1 - share, 1 + share);
      return name.includes("running_mean") ? value + 0.3 * rng.normal() : value * factor;
    });
    const tensor = tf.tensor(moved, variable.shape, "float32");
    variable.assign(tensor);
    tensor.dispose();
  }
  return { network, state };
}

/** Voice-like: tones that come and go, in noise. */
export function soundOf(samples: number, seed = "sound"): Float32Array {
  const rng = Rng.fromSeed(seed);
  return Float32Array.from({ length: samples }, (_, n) => {
    const swell = Math.max(0, Math.sin(n / 2100) * Math.sin(n / 911));
    return swell * (0.2 * Math.sin(0.13 * n) + 0.1 * Math.sin(0.41 * n + 3 * Math.sin(n / 700))) +
      0.01 * rng.normal();
  });
}

export function streamOf(
  frontend: FrontendSpec,
  model: ModelSpec,
  state: NetworkState,
  clipSamples: number,
  hopSeconds = 0.1,
): Promise<NetworkStream> {
  return openNetworkStream({ frontend, model, classes: CLASSES, clipSamples, hopSeconds }, state);
}

/** Pushes a sound in blocks of random lengths, and ends the stream. */
export function listened(stream: NetworkStream, sound: Float32Array, rng: Rng, longest = 3000): Decision[] {
  const decisions: Decision[] = [];
  for (let at = 0; at < sound.length;) {
    const length = 1 + rng.integer(rng.integer(2) === 0 ? 40 : longest);
    decisions.push(...stream.push(sound.subarray(at, at + length)));
    at += length;
  }
  return [...decisions, ...stream.flush()];
}

/** `[classes]`: what the network makes of a clip. */
export async function wholeClip(
  network: Network,
  state: NetworkState,
  clip: Float32Array,
): Promise<Float32Array> {
  const frozen = frozenState(network);
  const logits = tf.tidy(() =>
    network.forward(
      new Map([...frozen, ...state]),
      tf.tensor2d(clip, [1, clip.length]),
      { training: false },
      0,
    )
  );
  const values = await copied(logits);
  logits.dispose();
  disposeState(frozen);
  return values;
}

/** The largest distance between logits, beside their spread. */
export function distance(found: Float32Array, wanted: Float32Array): number {
  const spread = Math.max(1, ...wanted.map(Math.abs));
  return Math.max(...wanted.map((logit, c) => Math.abs(found[c]! - logit))) / spread;
}
