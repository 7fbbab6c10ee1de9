/** Training steps of recognizers, prepared so that one call is one timed run. */
import * as tf from "@tensorflow/tfjs";
import { frameCount } from "../../lib/audio/framing.ts";
import { Rng } from "../../lib/base/random.ts";
import { writeTensors } from "../../lib/formats/safetensors_io.ts";
import { ctcLoss } from "../../lib/kernels/ctc_loss/op.ts";
import { countTrainable, createState } from "../../lib/nn/state.ts";
import type { ForwardMode } from "../../lib/nn/types.ts";
import { createOptimizer } from "../../lib/train/optimizer.ts";
import type { BenchCase } from "./cases.ts";
import {
  exchangeTensors,
  paperFrontend,
  paperRecognizer,
  prefixed,
  syntheticPhones,
  syntheticWaves,
  UTTERANCE_PHONES,
  UTTERANCE_SAMPLES,
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
  const [waves, labels] = [syntheticWaves(batch, UTTERANCE_SAMPLES), syntheticPhones(batch)];
  if (exchange !== undefined) writeTensors(exchange, await exchangeTensors(state, waves, labels, batch));
  const values = await prefixed(setting, waves, UTTERANCE_SAMPLES);
  const frames = frameCount(UTTERANCE_SAMPLES, paperFrontend(setting));
  const along = network.input.representation === "waveform" ? UTTERANCE_SAMPLES : frames;
  const shape = network.input.shape.map((size) => size ?? along);
  const targets = {
    labels,
    labelLengths: new Int32Array(batch).fill(UTTERANCE_PHONES),
    frames: new Int32Array(batch).fill(frames),
  };
  const loss = (mode: ForwardMode) => {
    const features = tf.tensor(values, [batch, ...shape], "float32");
    return ctcLoss(network.forward(state, features, { ...mode, frames: targets.frames }), targets);
  };
  const group = { lr: RATE, weight_decay: 0, clip_norm: null };
  const optimizer = createOptimizer(
    { kind: "adam", betas: [0.9, 0.999], eps: 1e-8, stft: group, mel: group, model: group },
    network.specs,
    state,
  );
  const trained = network.specs.filter((spec) => spec.trainable).map(({ name }) => name);
  const rng = Rng.fromSeed(SEED).fork("dropout");
  let step = 0;
  return {
    loss: await readAndDispose(tf.tidy(() => loss({ training: true }))),
    trained: countTrainable(network),
    run: () =>
      readAndDispose(tf.tidy(() => {
        const dropout = rng.fork(step++);
        const { value, grads } = tf.variableGrads(
          () => loss({ training: true, dropout }),
          trained.map((name) => state.get(name)!),
        );
        optimizer.step(new Map(trained.map((name) => [name, grads[state.get(name)!.name]!])), 1);
        network.project(state);
        return value;
      })),
  };
}

async function readAndDispose(value: tf.Scalar): Promise<number> {
  const [number] = await value.data();
  value.dispose();
  return number!;
}
