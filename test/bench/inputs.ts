/** Inputs and networks that both sides of a comparison share: synthetic, seeded, of speech-like level. */
import * as tf from "@tensorflow/tfjs";
import { dftBasis } from "../../lib/audio/dft_basis.ts";
import { binCount } from "../../lib/audio/framing.ts";
import { leveled } from "../../lib/audio/level.ts";
import { melFilters } from "../../lib/audio/mel_scale.ts";
import { whiteNoise } from "../../lib/audio/noise.ts";
import { Rng } from "../../lib/base/random.ts";
import type { StoredTensor } from "../../lib/formats/safetensors.ts";
import type { FrontendSpec, Setting } from "../../lib/frontends/contract.ts";
import { buildNetwork } from "../../lib/models/network.ts";
import type { Network } from "../../lib/models/network_contract.ts";
import { shapeOf } from "../../lib/nn/representation.ts";
import type { NetworkState } from "../../lib/nn/types.ts";
import type { Batch } from "../../lib/tasks/contract.ts";
import { cacheOf, nnAudio } from "../lib/frontends/papers.ts";
import { original } from "../lib/models/harness.ts";
import { clipBatch } from "../support/batches.ts";
import type { ModelName } from "./cases.ts";

export const CLASSES = 12;
export const SAMPLES = 16_000;
/** TIMIT's phones and the blank. */
export const PHONE_CLASSES = 62;
export const UTTERANCE_SAMPLES = 48_000;
export const UTTERANCE_FRAMES = 301;
export const UTTERANCE_PHONES = 36;

const SAMPLE_RATE = 16_000;
const PAPER_FRONTEND = { sampleRate: SAMPLE_RATE, nFft: 480, nMels: 40, fMinHz: 0, fMaxHz: 8000 } as const;
const HARMONICS = 8;
const LEVEL_DB = -25;
/** Relative to the harmonics: keeps every bin and frame far above rounding. */
const NOISE = 0.3;

/** Keyword spotting or phoneme recognition. */
export type TaskName = "kws" | "asr";

/** @param made The front-end: the paper's unless said. */
export async function paperNetwork(
  task: TaskName,
  model: ModelName,
  setting: Setting,
  made: (setting: Setting) => Promise<FrontendSpec> = nnAudio,
): Promise<Network> {
  const frontend = await made(setting);
  return task === "kws"
    ? await buildNetwork(frontend, original(model), "clip", CLASSES, SAMPLES)
    : await buildNetwork(frontend, original(model), "frame", PHONE_CLASSES, null);
}

/** `[clips, samples]`: harmonics of a voice-like pitch that swell a few times a second, in noise. */
export function syntheticWaves(clips: number, samples = SAMPLES): Float32Array {
  const waves = new Float32Array(clips * samples);
  for (let clip = 0; clip < clips; clip++) {
    const rng = Rng.fromSeed("bench").fork(clip);
    const noise = whiteNoise(samples, rng.fork("noise"));
    const step = 2 * Math.PI * rng.uniform(90, 260) / SAMPLE_RATE;
    const swell = 2 * Math.PI * rng.uniform(2, 6) / SAMPLE_RATE;
    const wave = Float32Array.from(noise, (value, n) => {
      let voice = 0;
      for (let h = 1; h <= HARMONICS; h++) voice += Math.sin(h * step * n) / h;
      return voice * (0.6 + 0.4 * Math.sin(swell * n)) + NOISE * value;
    });
    waves.set(leveled(wave, LEVEL_DB), clip * samples);
  }
  return waves;
}

export function syntheticLabels(clips: number): Int32Array {
  return Int32Array.from({ length: clips }, (_, i) => (i * 5) % CLASSES);
}

/** `[clips, UTTERANCE_PHONES]`, from 1: as many as 3 s of reading have, some of them twice in a row. */
export function syntheticPhones(clips: number): Int32Array {
  const rng = Rng.fromSeed("phones");
  return Int32Array.from(
    { length: clips * UTTERANCE_PHONES },
    () => 1 + Math.floor(rng.uniform() * (PHONE_CLASSES - 1)),
  );
}

/** Clips of a word each, as training reads them. @param features What the network's frozen prefix leaves. */
export function wordBatch(network: Network, features: Float32Array, labels: Int32Array): Batch {
  return clipBatch(features, shapeAt(network, SAMPLES), labels, network.frozen);
}

/** Utterances, as training reads them. @param frames Of each. */
export function utteranceBatch(network: Network, features: Float32Array, frames: Int32Array): Batch {
  const clips = frames.length;
  return {
    clips,
    rows: [...frames.keys()],
    features,
    shape: shapeAt(network, UTTERANCE_SAMPLES),
    entry: network.frozen,
    frames,
    isRagged: true,
    labels: syntheticPhones(clips),
    labelLengths: new Int32Array(clips).fill(UTTERANCE_PHONES),
  };
}

/** Of a clip that the network takes in. */
export function shapeAt({ representations, frozen, framing }: Network, samples: number): number[] {
  return shapeOf(representations[frozen]!, frozen === 0 ? samples : framing.frames(samples));
}

/** The waves as far as a network's frozen prefix goes. */
export async function prefixed(
  network: Network,
  waves: Float32Array,
  samples = SAMPLES,
): Promise<Float32Array> {
  const clips = tf.tensor2d(waves, [waves.length / samples, samples]);
  const features = cacheOf(network, clips);
  const values = (await features.data<"float32">()).slice();
  tf.dispose([clips, features]);
  return values;
}

/**
 * All that another implementation needs to start from the same place; the front-end's tensors in every setting.
 *
 * @param clips Number of clips; waves and labels have as many rows.
 */
export async function exchangeTensors(
  state: NetworkState,
  waves: Float32Array,
  labels: Int32Array,
  clips = labels.length,
): Promise<ReadonlyMap<string, StoredTensor<Float32Array | Int32Array>>> {
  const { nFft, ...bank } = PAPER_FRONTEND;
  const bins = binCount(nFft);
  const basis = dftBasis(nFft);
  const tensors = new Map<string, StoredTensor<Float32Array | Int32Array>>([
    ["input", { shape: [clips, waves.length / clips], data: waves }],
    ["labels", { shape: clips === labels.length ? [clips] : [clips, labels.length / clips], data: labels }],
    ["mel_layer.stft.wcos", { shape: [bins, 1, nFft], data: basis.wcos }],
    ["mel_layer.stft.wsin", { shape: [bins, 1, nFft], data: basis.wsin }],
    ["mel_layer.mel_basis", { shape: [bank.nMels, bins], data: melFilters({ nFft, ...bank }) }],
  ]);
  for (const [name, variable] of state) {
    tensors.set(name, { shape: variable.shape, data: (await variable.data<"float32">()).slice() });
  }
  return tensors;
}
