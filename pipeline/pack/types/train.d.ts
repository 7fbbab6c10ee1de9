import type { FrontendContext, FrontendSpec, Json, KindConfig } from "./layers.d.ts";
export { makeFrontend, openTensors } from "./layers.d.ts";
export type { FrontendContext, FrontendSpec, Json, KindConfig };

/** A clip with its class. */
export interface LabelledClip {
  /** Name of its class. */
  readonly label: string;
  /** Samples at full scale 1; all clips are equally long. */
  readonly wave: Float32Array;
}

/** What a classifier is made of. */
export interface ClassifierOptions {
  /** See {@link makeFrontend}. */
  readonly frontend: FrontendSpec;
  /** As `{ kind: "bc_resnet" }`. */
  readonly model: KindConfig;
  /** Labels in the order of the outputs. */
  readonly classes: readonly string[];
  /** Length of every clip. */
  readonly clipSamples: number;
  /** Of the initial values and of all that training draws. */
  readonly seed: number;
}

/** How a classifier learns: by Adam. */
export interface LearningOptions {
  /** How often all clips are gone through. */
  readonly epochs: number;
  /** Clips of one step. */
  readonly batchSize: number;
  /** Learning rate of the model. */
  readonly rate: number;
  /** Learning rate of the front-end's trained parts. */
  readonly frontendRate: number;
}

/** How an epoch went. */
export interface EpochFigures {
  /** From 1. */
  readonly epoch: number;
  /** Mean cross entropy over the clips learnt from. */
  readonly loss: number;
  /** Mean cross entropy over the clips for validation, after the epoch. */
  readonly validationLoss: number;
  /** Share of the clips for validation that was told right. */
  readonly validationAccuracy: number;
}

/** Holds tensors until it is disposed of. */
export interface Classifier extends Disposable {
  /** Number of values that training changes. */
  readonly parameters: number;
  /** Learns, and keeps the epoch with the lowest validation loss. */
  learn(
    clips: readonly LabelledClip[],
    validation: readonly LabelledClip[],
    options: LearningOptions,
  ): AsyncGenerator<EpochFigures>;
  /** Loss and accuracy on clips. */
  evaluate(clips: readonly LabelledClip[]): Promise<{ readonly loss: number; readonly accuracy: number }>;
  /** `[classes]` for each clip, row by row. */
  logits(clips: readonly LabelledClip[]): Promise<Float32Array>;
  /** A model file. */
  checkpoint(): Promise<Uint8Array>;
}

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
