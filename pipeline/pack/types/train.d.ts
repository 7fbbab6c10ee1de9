import type { FrontendContext, FrontendSpec, Json, KindConfig } from "./layers.d.ts";
export { makeFrontend, openTensors } from "./layers.d.ts";
export type { FrontendContext, FrontendSpec, Json, KindConfig };

/** A model's kind and values, as `{ kind: "bc_resnet" }`. */
export type ModelSpec = KindConfig;

import type { LabelledClip } from "../../../lib/door/clips.ts";
export type { LabelledClip };

import type {
  Classifier,
  ClassifierOptions,
  EpochFigures,
  LearningOptions,
} from "../../../lib/door/classifier.ts";
export type { Classifier, ClassifierOptions, EpochFigures, LearningOptions };

/** A keyword spotter with random weights, on the backend in use. */
export function createClassifier(options: ClassifierOptions): Promise<Classifier>;

/** Names of the kinds of each family. */
export const KINDS: Readonly<
  Record<
    "frontends" | "steps" | "compressions" | "models" | "tasks" | "augmentations" | "optimizers",
    readonly string[]
  >
>;

/** A recording whose parts can be decoded. */
export interface Recording {
  /** In Hz. */
  readonly sampleRate: number;
  /** Channels in the file. */
  readonly channels: number;
  /** Samples of each channel. */
  readonly frames: number;
  /** Mono samples of a part, full scale 1. @param channel Counted from 0; the mean of all if absent. */
  decode(start: number, count: number, channel?: number): Float32Array;
}

/** Opens a recording: WAVE or SPHERE. @param name What error messages call it. */
export function openRecording(bytes: Uint8Array, name: string): Promise<Recording>;

/** A wave file of 16 bits. @param sampleRate In Hz. */
export function encodeWav16(samples: Float32Array, sampleRate: number): Uint8Array;

/** The same sound at another rate, by a low-pass of its own. Rates in Hz. */
export function resample(samples: Float32Array, inputRate: number, outputRate: number): Float32Array;

/** A wave as it is at one point of a front-end. */
export interface Transformed {
  /** What it is: name, axes, unit. */
  readonly representation: { readonly name: string; readonly unit: string };
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Row by row. */
  readonly values: Float32Array;
}

/** What a front-end makes of a wave at the start of training. */
export function transformWave(
  frontend: FrontendSpec,
  wave: Float32Array,
  point?: number,
): Promise<Transformed>;

/** What a model file says of itself. */
export interface CheckpointRecord {
  /** What outputs mean, in order. */
  readonly classes: readonly string[];
  readonly frontend: FrontendSpec;
  readonly model: KindConfig;
  /** In Hz. */
  readonly sampleRate: number;
  /** Length of every clip; null where clips are of any length. */
  readonly clipSamples: number | null;
}

/** What a model file says of itself; null if it says nothing. @param name Names it in errors. */
export function readCheckpoint(bytes: Uint8Array, name: string): CheckpointRecord | null;

/** What a recogniser makes of one clip. */
export interface Heard {
  /** `[classes]` */
  readonly logits: Float32Array;
  /** `[classes]`, their softmax. */
  readonly probabilities: Float32Array;
}

/** Holds tensors until it is disposed of. */
export interface Recogniser extends Disposable {
  readonly checkpoint: CheckpointRecord;
  /** Listens to one clip. @param wave `[clipSamples]`, full scale 1. */
  recognise(wave: Float32Array): Promise<Heard>;
}

/** A model file ready to hear clips, on the backend in use. @param name Names it in errors. */
export function openRecogniser(bytes: Uint8Array, name: string): Promise<Recogniser>;
