/** Inputs and networks that both sides of a comparison share: synthetic, seeded, of speech-like level. */
import * as tf from "@tensorflow/tfjs";
import { dftBasis } from "../../lib/audio/dft_basis.ts";
import { binCount } from "../../lib/audio/framing.ts";
import { leveled } from "../../lib/audio/level.ts";
import { melFilters } from "../../lib/audio/mel_scale.ts";
import { whiteNoise } from "../../lib/audio/noise.ts";
import { Rng } from "../../lib/base/random.ts";
import type { StoredTensor } from "../../lib/formats/safetensors.ts";
import { applyPrefix } from "../../lib/frontends/prefix.ts";
import { type NnAudioSpec, prefixSpec, type Setting, trainableOf } from "../../lib/frontends/spec.ts";
import { buildNetwork } from "../../lib/models/network.ts";
import { buildRecognizer } from "../../lib/models/recognizer.ts";
import type { Network, NetworkState, SequenceNetwork } from "../../lib/nn/types.ts";
import type { SequenceBatch } from "../../lib/train/sequence_source.ts";
import type { ModelName } from "./cases.ts";

export const CLASSES = 12;
export const SAMPLES = 16_000;
/** TIMIT's phones and the blank. */
export const PHONE_CLASSES = 62;
export const UTTERANCE_SAMPLES = 48_000;
export const UTTERANCE_FRAMES = 301;
export const UTTERANCE_PHONES = 36;

const SAMPLE_RATE = 16_000;
const HARMONICS = 8;
const LEVEL_DB = -25;
/** Relative to the harmonics: keeps every bin and frame far above rounding. */
const NOISE = 0.3;

/** The paper's front-end. */
export function paperFrontend(setting: Setting): NnAudioSpec {
  return {
    kind: "nnaudio",
    sampleRate: SAMPLE_RATE,
    nFft: 480,
    hopSamples: 160,
    nMels: 40,
    fMinHz: 0,
    fMaxHz: 8000,
    powerEpsilon: "original",
    power: 2,
    mask: null,
    randomMel: null,
    normalise: "none",
    trainable: trainableOf(setting),
  };
}

export function paperNetwork(model: ModelName, setting: Setting): Network {
  return buildNetwork(paperFrontend(setting), { kind: model }, CLASSES, SAMPLES);
}

export function paperRecognizer(model: ModelName, setting: Setting): SequenceNetwork {
  return buildRecognizer(paperFrontend(setting), { kind: model }, PHONE_CLASSES);
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

/** A batch as training reads it. @param frames Of each clip. */
export function utteranceBatch(
  network: SequenceNetwork,
  features: Float32Array,
  frames: Int32Array,
): SequenceBatch {
  const clips = frames.length;
  const along = network.input.representation === "waveform" ? UTTERANCE_SAMPLES : UTTERANCE_FRAMES;
  return {
    clips,
    features,
    shape: network.input.shape.map((size) => size ?? along),
    frames,
    labels: syntheticPhones(clips),
    labelLengths: new Int32Array(clips).fill(UTTERANCE_PHONES),
  };
}

/** The waves as far as a setting's frozen prefix goes. */
export async function prefixed(
  setting: Setting,
  waves: Float32Array,
  samples = SAMPLES,
): Promise<Float32Array> {
  const features = tf.tidy(() =>
    applyPrefix(prefixSpec(paperFrontend(setting)), tf.tensor2d(waves, [waves.length / samples, samples]))
  );
  const values = (await features.data<"float32">()).slice();
  features.dispose();
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
  const frontend = paperFrontend("A");
  const bins = binCount(frontend.nFft);
  const basis = dftBasis(frontend.nFft);
  const tensors = new Map<string, StoredTensor<Float32Array | Int32Array>>([
    ["input", { shape: [clips, waves.length / clips], data: waves }],
    ["labels", { shape: clips === labels.length ? [clips] : [clips, labels.length / clips], data: labels }],
    ["mel_layer.stft.wcos", { shape: [bins, 1, frontend.nFft], data: basis.wcos }],
    ["mel_layer.stft.wsin", { shape: [bins, 1, frontend.nFft], data: basis.wsin }],
    ["mel_layer.mel_basis", { shape: [frontend.nMels, bins], data: melFilters(frontend) }],
  ]);
  for (const [name, variable] of state) {
    tensors.set(name, { shape: variable.shape, data: (await variable.data<"float32">()).slice() });
  }
  return tensors;
}
