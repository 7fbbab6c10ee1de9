/** Front-ends, features and slices small enough to train in a moment, of both tasks. */
import { Rng } from "../../../lib/base/random.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { FrontendSpec, StepSpec } from "../../../lib/frontends/contract.ts";
import { loadFrontend, makeFrontend } from "../../../lib/frontends/front_end.ts";
import { cachedSteps, planSteps } from "../../../lib/frontends/plan.ts";
import { type ExampleIndex, indexText } from "../../../lib/records/example_index.ts";
import { createExamples, type ExampleEntry } from "../../../lib/train/example_file_io.ts";

export const CLASSES = ["yes", "no", "_silence_"];
/** Of a recogniser: the first is what it tells between labels. */
export const LABELS = ["_blank_", "a", "b"];
export const CLIP_SAMPLES = 1600;
export const SAMPLE_RATE = 16000;
export const N_FFT = 480;
export const HOP_SAMPLES = 160;
export const BANDS = 8;
export const FRAMES = CLIP_SAMPLES / HOP_SAMPLES + 1;

const CONFIG = {
  kind: "nnaudio",
  n_fft: N_FFT,
  hop_samples: HOP_SAMPLES,
  n_mels: BANDS,
  f_min_hz: 0,
  f_max_hz: 8000,
  power_epsilon: "original",
  power: 2,
  mask: null,
  random_mel: false,
  normalise: "none",
};
const LOG = { kind: "log", offset: 1e-10 };

/** @param trained Parts that are trained. @param changes Of the configuration; null: the key goes. */
export async function frontendOf(
  trained: readonly string[],
  changes: JsonObject = {},
  compression: JsonObject & { readonly kind: string } = LOG,
): Promise<FrontendSpec> {
  const config = Object.fromEntries(
    Object.entries({ ...CONFIG, ...changes }).filter(([key, value]) => value !== null || key === "mask"),
  );
  const whole = { kind: CONFIG.kind, ...config };
  const { schema } = await loadFrontend(whole.kind);
  return makeFrontend(schema.parse(whole), {
    sampleRate: SAMPLE_RATE,
    clipSamples: CLIP_SAMPLES,
    seed: 3,
    trained,
    compression,
  });
}

/** Nothing of it is trained. */
export const FRONTEND = await frontendOf([]);

const OPTIM = {
  schedule: { kind: "constant" },
  model: { lr: 0.01, weight_decay: 1e-3, clip_norm: null },
  stft: { lr: 1e-3, weight_decay: 0, clip_norm: null },
  mel: { lr: 1e-3, weight_decay: 0, clip_norm: null },
};
export const SGD = { rule: { kind: "sgd", momentum: 0.9 }, ...OPTIM };
export const ADAM = { rule: { kind: "adam", betas: [0.9, 0.999], eps: 1e-8 }, ...OPTIM };

export const TRAIN_SLICE = {
  task: "kws",
  frontend: FRONTEND,
  model: { kind: "linear" },
  augment: { kind: "none" },
  dataset: { kind: "toys", name: "toys", settings: { targets: ["yes", "no"] }, untold: [] },
  trainer: {
    epochs: 4,
    batch_size: 8,
    sampler: "balanced",
    clips_per_epoch: null,
    label_smoothing: 0,
    average: null,
  },
  optim: SGD,
  seed: 3,
  backend: "wasm",
};

/** The same network asked for sequences. */
export const RECOGNITION_SLICE = {
  ...TRAIN_SLICE,
  task: "asr",
  trainer: { ...TRAIN_SLICE.trainer, sampler: "lengths" },
  optim: ADAM,
};

/** Features of which one stretch is raised, another for each class. */
export async function writeLogmel(path: string, count: number, seed: string): Promise<void> {
  const rng = Rng.fromSeed(seed);
  const clips = clipsOf(count, FRAMES);
  await write(
    path,
    FRONTEND,
    cachedSteps,
    CLASSES,
    CLIP_SAMPLES,
    clips,
    ({ labels: [label] }) =>
      Float32Array.from(
        { length: BANDS * FRAMES },
        (_, i) => (i % 3 === label ? 0.6 : 0) + rng.normal(),
      ),
  );
}

/** Tones, another for each class, in noise. */
export async function writeWaveforms(path: string, count: number, seed: string): Promise<void> {
  const rng = Rng.fromSeed(seed);
  const clips = clipsOf(count, CLIP_SAMPLES);
  await write(path, FRONTEND, () => [], CLASSES, CLIP_SAMPLES, clips, ({ labels: [label], length }) => {
    const step = 2 * Math.PI * (400 + 900 * label!) / SAMPLE_RATE;
    const phase = rng.uniform(0, 6);
    const sample = (_: unknown, n: number) => 6000 * Math.sin(step * n + phase) + 1500 * rng.normal();
    return Int16Array.from({ length }, sample);
  });
}

/** Utterances of two or three labels and different lengths, whose bands are raised in turn; waves are tones. */
export async function writeUtterances(
  path: string,
  count: number,
  seed: string,
  as: "logmel" | "waveform" = "logmel",
): Promise<void> {
  const rng = Rng.fromSeed(seed);
  const unit = as === "logmel" ? 6 : 6 * HOP_SAMPLES; // a label's stretch, in frames or samples
  const utterances = Array.from({ length: count }, (_, i): ExampleEntry => {
    const labels = [1 + i % 2, 2 - i % 2, 1 + (i >> 1) % 2].slice(0, 2 + i % 2);
    return { name: `u${i}`, length: unit * labels.length, labels };
  });
  const applied = as === "logmel" ? cachedSteps : () => [];
  await write(path, FRONTEND, applied, LABELS, null, utterances, ({ labels, length }) => {
    const labelAt = (time: number) => labels[Math.floor(time / unit)]!;
    if (as === "waveform") {
      return Int16Array.from(
        { length },
        (_, n) => 6000 * Math.sin(2 * Math.PI * 900 * labelAt(n) * n / SAMPLE_RATE) + 300 * rng.normal(),
      );
    }
    const raised = (i: number) => Math.floor(i / length) % 2 === labelAt(i % length) % 2;
    return Float32Array.from({ length: BANDS * length }, (_, i) => (raised(i) ? 2 : 0) + 0.3 * rng.normal());
  });
}

/** The index of examples that {@link writeLogmel} or {@link writeUtterances} wrote: every fifth is of one speaker. */
export function writeIndex(path: string, names: readonly string[], classes: readonly string[]): void {
  const examples = names.map((name, i) => ({
    name,
    input: "audio",
    path: name,
    speaker: `speaker${i % 5}`,
    samples: CLIP_SAMPLES,
    labels: [],
  }));
  const index: ExampleIndex = {
    split: "test",
    classes: [...classes],
    sampleRate: SAMPLE_RATE,
    clipSamples: CLIP_SAMPLES,
    sampleBits: 16,
    examples,
    notes: {},
    skipped: [],
  };
  Deno.writeTextFileSync(path, indexText(index));
}

function clipsOf(count: number, length: number): ExampleEntry[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${CLASSES[i % CLASSES.length]}/${i}`,
    length,
    labels: [i % CLASSES.length],
  }));
}

async function write(
  path: string,
  frontend: FrontendSpec,
  applied: (chain: Awaited<ReturnType<typeof planSteps>>) => readonly StepSpec[],
  classes: readonly string[],
  clipSamples: number | null,
  examples: readonly ExampleEntry[],
  valuesOf: (example: ExampleEntry) => Float32Array | Int16Array,
): Promise<void> {
  const chain = await planSteps(frontend.steps);
  const steps = applied(chain);
  const info = {
    steps: [...steps],
    representation: chain.representations[steps.length]!,
    classes: [...classes],
    sampleRate: SAMPLE_RATE,
    clipSamples,
  };
  const writer = createExamples(path, info, examples);
  for (const example of examples) writer.append(valuesOf(example));
  writer.finish();
}
