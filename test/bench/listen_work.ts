/** A second of a stream in which a network listens ten times, prepared so that one call is one timed run. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../lib/base/random.ts";
import { openNetworkStream } from "../../lib/incremental/open_io.ts";
import type { NetworkStream } from "../../lib/incremental/stream.ts";
import { WindowStream } from "../../lib/live/windows.ts";
import { createState, frozenState } from "../../lib/nn/state.ts";
import { nnAudio } from "../lib/frontends/papers.ts";
import { original } from "../lib/models/harness.ts";
import type { BenchCase } from "./cases.ts";
import { CLASSES, paperNetwork, SAMPLES, syntheticWaves } from "./inputs.ts";
import type { Work } from "./work.ts";

const SEED = 7;
const SAMPLE_RATE = 16_000;
const DECISIONS = 10;
/** As audio worklets hand them over. */
const BLOCK = 128;
/** Of sound, heard again and again. */
const SECONDS = 16;

export async function prepareListening(
  { model, setting, by }: Extract<BenchCase, { readonly kind: "listen" }>,
): Promise<Work> {
  const network = await paperNetwork("kws", model, setting);
  const state = createState(network, Rng.fromSeed(SEED));
  const stream = await openNetworkStream({
    frontend: await nnAudio(setting),
    model: original(model),
    classes: CLASSES,
    clipSamples: SAMPLES,
    hopSeconds: 1 / DECISIONS,
  }, state);
  const sound = syntheticWaves(1, SECONDS * SAMPLE_RATE);
  if (by === "stream") {
    const multiplications = multiplicationsOf(stream, sound.subarray(0, 4 * SAMPLE_RATE)) / 4;
    const next = secondsOf(sound);
    return { multiplications, run: () => next((block) => void stream.push(block)) };
  }
  const whole = new Map([...frozenState(network), ...state]);
  const shape = { sampleRate: SAMPLE_RATE, clipSamples: SAMPLES, stepSamples: SAMPLE_RATE / DECISIONS };
  const windows = new WindowStream(SAMPLE_RATE, shape);
  const next = secondsOf(sound);
  return {
    multiplications: DECISIONS * multiplicationsOf(stream, sound.subarray(0, SAMPLES)),
    async run() {
      const heard: Float32Array[] = [];
      next((block) => void heard.push(...windows.push(block).map(({ samples }) => samples)));
      for (const window of heard) {
        const logits = tf.tidy(() =>
          network.forward(whole, tf.tensor2d(window, [1, SAMPLES]), { training: false }, 0)
        );
        await logits.data();
        logits.dispose();
      }
    },
  };
}

/** Of all layers on a stretch that is heard once, from its beginning to its end. */
function multiplicationsOf(stream: NetworkStream, sound: Float32Array): number {
  const before = stream.multiplications;
  stream.push(sound);
  stream.flush();
  return stream.multiplications - before;
}

/** Hands out the sound in blocks, a second at each call. */
function secondsOf(sound: Float32Array): (hear: (block: Float32Array) => void) => void {
  let second = 0;
  return (hear) => {
    const start = (second++ % SECONDS) * SAMPLE_RATE;
    for (let at = 0; at < SAMPLE_RATE; at += BLOCK) hear(sound.subarray(start + at, start + at + BLOCK));
  };
}
