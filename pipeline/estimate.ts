/** How long tasks that never ran may take. Rough on purpose: it tells a coffee from a night. Pure. */
import { dependenciesOf } from "./engine/order.ts";
import type { TaskSpec } from "./engine/types.ts";
import type { DownloadSlice } from "./stages/download.ts";
import type { FeaturesSlice } from "./stages/features.ts";
import type { SynthesizeSentencesSlice } from "./stages/synthesize_sentences.ts";
import type { SynthesizeSlice } from "./stages/synthesize_words.ts";
import type { TrainSlice } from "./stages/train.ts";

/** Clips in the data set, as far as the configuration tells; a folder is not looked into. */
const UNKNOWN_CLIPS = 2500;
/** Speech Commands v0.02 and its test set. */
const ARCHIVE_CLIPS = 100_000;

/** Seconds for one clip, measured on one core of a 2-core Xeon (AVX-512), WebAssembly. */
const SECONDS_PER_CLIP = {
  unpack: 0.0004,
  synthesize: 0.02,
  index: 0.0003,
  waveform: 0.001,
  power: 0.003,
  magnitude: 0.003,
  logmel: 0.003,
  decibels: 0.003,
} as const;
const TRAIN_SECONDS_PER_CLIP: Readonly<
  Record<TrainSlice["model"]["kind"], Readonly<Record<"A" | "B" | "C" | "D", number>>>
> = {
  linear: { A: 0.0002, B: 0.001, C: 0.006, D: 0.006 },
  bc_resnet: { A: 0.009, B: 0.01, C: 0.015, D: 0.015 },
};
/** Of a household's connection to the network. */
const BYTES_PER_SECOND = 10e6;
/** A process starts, loads its packages and writes its results. */
const OVERHEAD_SECONDS = 1.5;
const SHARE_OF_TRAINING_CLIPS = 0.7;

/** @param measured Seconds the task took when it last ran, if it ever did. */
export function expectedSeconds(task: TaskSpec, clips: number, measured: number | undefined): number {
  return measured ?? OVERHEAD_SECONDS + secondsOf(task, clips);
}

/** How many clips the graph's data set has. */
export function clipsOf(tasks: readonly TaskSpec[]): number {
  const sentences = tasks.find(({ module }) => module.endsWith("/synthesize_sentences.ts"));
  if (sentences !== undefined) {
    const { voices, sentences_per_voice } = sentences.slice as unknown as SynthesizeSentencesSlice;
    return voices * sentences_per_voice;
  }
  const synthesis = tasks.find((task) => task.stage === "synthesize");
  if (synthesis === undefined) {
    return tasks.some((task) => "test_audio" in task.inputs) ? ARCHIVE_CLIPS : UNKNOWN_CLIPS;
  }
  const { words, clips_per_word } = synthesis.slice as unknown as SynthesizeSlice;
  return (words?.length ?? 35) * clips_per_word;
}

/**
 * Wall time of the given tasks on `workers` workers: no less than the longest chain, no less than the work shared out.
 * @param seconds Expected seconds of each task that is to run; others count as nothing.
 */
export function wallSeconds(
  tasks: readonly TaskSpec[],
  seconds: ReadonlyMap<string, number>,
  workers: number,
): number {
  const chain = new Map<string, number>();
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const chainOf = (name: string): number => {
    const known = chain.get(name);
    if (known !== undefined) return known;
    const before = dependenciesOf(byName.get(name)!).map(chainOf);
    const length = (seconds.get(name) ?? 0) + Math.max(0, ...before);
    chain.set(name, length);
    return length;
  };
  const total = [...seconds.values()].reduce((sum, s) => sum + s, 0);
  return Math.max(total / workers, ...tasks.map((task) => chainOf(task.name)));
}

/** A sentence is about as much work as this many clips of a second. */
const CLIPS_IN_A_SENTENCE = 3;

function secondsOf(task: TaskSpec, count: number): number {
  const isSequence = /\/(synthesize_sentences|sequence_features|train_recognizer)\.ts$/.test(task.module);
  const clips = isSequence ? CLIPS_IN_A_SENTENCE * count : count;
  switch (task.stage) {
    case "download":
      return (task.slice as unknown as DownloadSlice).bytes / BYTES_PER_SECOND;
    case "unpack":
      return clips * SECONDS_PER_CLIP.unpack;
    case "synthesize":
    case "index":
      return clips * SECONDS_PER_CLIP[task.stage];
    case "features":
      return clips * SECONDS_PER_CLIP[(task.slice as unknown as FeaturesSlice).prefix.representation];
    case "train": {
      const { frontend, model, trainer } = task.slice as unknown as TrainSlice;
      const { stft, mel } = frontend.trainable;
      const setting = stft ? (mel ? "D" : "C") : (mel ? "B" : "A");
      const perEpoch = trainer.clips_per_epoch ?? SHARE_OF_TRAINING_CLIPS * clips;
      return trainer.epochs * perEpoch * TRAIN_SECONDS_PER_CLIP[model.kind][setting];
    }
    default:
      return 0;
  }
}
