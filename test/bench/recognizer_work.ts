/** Training steps of recognizers, prepared so that one call is one timed run. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../lib/base/random.ts";
import { writeTensors } from "../../lib/formats/safetensors_io.ts";
import { countTrainable, createState } from "../../lib/nn/state.ts";
import { createOptimizer } from "../../lib/train/optimizer.ts";
import { recognizer } from "../../lib/train/recognizer.ts";
import { trainStep } from "../../lib/train/step.ts";
import type { BenchCase } from "./cases.ts";
import {
  exchangeTensors,
  paperRecognizer,
  prefixed,
  syntheticPhones,
  syntheticWaves,
  UTTERANCE_FRAMES,
  UTTERANCE_SAMPLES,
  utteranceBatch,
} from "./inputs.ts";
import type { Work } from "./work.ts";

/** So small that hundreds of steps on one batch leave all numbers ordinary. A step costs the same at any rate. */
const RATE = 1e-6;
const SEED = 7;

/** @param exchange Where to write weights and inputs for another implementation. */
export async function prepareRecognizer(
  { model, setting, batch }: Extract<BenchCase, { readonly kind: "recognize" }>,
  exchange: string | undefined,
): Promise<Work> {
  const network = paperRecognizer(model, setting);
  const state = createState(network, Rng.fromSeed(SEED));
  const waves = syntheticWaves(batch, UTTERANCE_SAMPLES);
  if (exchange !== undefined) {
    writeTensors(exchange, await exchangeTensors(state, waves, syntheticPhones(batch), batch));
  }
  const features = await prefixed(setting, waves, UTTERANCE_SAMPLES);
  const clips = utteranceBatch(network, features, new Int32Array(batch).fill(UTTERANCE_FRAMES));
  const learner = recognizer(network);
  const first = tf.tidy(() => learner.forward(state, clips, { training: true }).loss);
  const loss = (await first.data())[0]!;
  first.dispose();
  const group = { lr: RATE, weight_decay: 0, clip_norm: null };
  const optimizer = createOptimizer(
    { kind: "adam", betas: [0.9, 0.999], eps: 1e-8, stft: group, mel: group, model: group },
    network.specs,
    state,
  );
  const rng = Rng.fromSeed(SEED).fork("dropout");
  let step = 0;
  return {
    loss,
    trained: countTrainable(network),
    run: () => trainStep({ learner, state, optimizer }, clips, { rateFactor: 1, dropout: rng.fork(step++) }),
  };
}
