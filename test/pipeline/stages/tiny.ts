/** A front-end, features and slices small enough to train in a moment. */
import { Rng } from "../../../lib/base/random.ts";
import type { FrontendSpec } from "../../../lib/frontends/spec.ts";
import type { Representation } from "../../../lib/nn/types.ts";
import { createFeatures } from "../../../lib/train/feature_file_io.ts";

export const CLASSES = ["yes", "no", "_silence_"];
export const CLIP_SAMPLES = 1600;

export const FRONTEND: FrontendSpec = {
  kind: "nnaudio",
  sampleRate: 16000,
  nFft: 480,
  hopSamples: 160,
  nMels: 8,
  fMinHz: 0,
  fMaxHz: 8000,
  powerEpsilon: "original",
  power: 2,
  mask: null,
  randomMel: null,
  normalise: "none",
  trainable: { stft: false, mel: false },
};

export const FRAMES = CLIP_SAMPLES / FRONTEND.hopSamples + 1;

export const TRAIN_SLICE = {
  frontend: FRONTEND,
  model: { kind: "linear" },
  trainer: { epochs: 4, batch_size: 8, sampler: "balanced", clips_per_epoch: null },
  optim: {
    kind: "sgd",
    momentum: 0.9,
    schedule: { kind: "constant" },
    model: { lr: 0.01, weight_decay: 1e-3, clip_norm: null },
    stft: { lr: 1e-3, weight_decay: 0, clip_norm: null },
    mel: { lr: 1e-3, weight_decay: 0, clip_norm: null },
  },
  seed: 3,
  backend: "wasm",
  clip_samples: CLIP_SAMPLES,
};

/** Features of which one stretch is raised, another for each class. */
export function writeLogmel(path: string, count: number, seed: string): void {
  const size = FRONTEND.nMels * FRAMES;
  const labels = cycle(count);
  const writer = start(path, "logmel", [FRONTEND.nMels, FRAMES], labels);
  const rng = Rng.fromSeed(seed);
  for (const label of labels) {
    writer.append(Float32Array.from({ length: size }, (_, i) => (i % 3 === label ? 0.6 : 0) + rng.normal()));
  }
  writer.finish();
}

/** Tones, another for each class, in noise. */
export function writeWaveforms(path: string, count: number, seed: string): void {
  const labels = cycle(count);
  const writer = start(path, "waveform", [CLIP_SAMPLES], labels);
  const rng = Rng.fromSeed(seed);
  for (const label of labels) {
    const step = 2 * Math.PI * (400 + 900 * label) / FRONTEND.sampleRate;
    const phase = rng.uniform(0, 6);
    const sample = (_: unknown, n: number) => 6000 * Math.sin(step * n + phase) + 1500 * rng.normal();
    writer.append(Int16Array.from({ length: CLIP_SAMPLES }, sample));
  }
  writer.finish();
}

function start(path: string, representation: Representation, shape: number[], labels: Int32Array) {
  const info = {
    representation,
    classes: CLASSES,
    sampleRate: FRONTEND.sampleRate,
    clipSamples: CLIP_SAMPLES,
  };
  return createFeatures(path, info, shape, labels);
}

function cycle(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i % CLASSES.length);
}
