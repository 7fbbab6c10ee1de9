/// <reference lib="dom" />

/** A word that was heard. */
export interface Keyword {
  /** One of {@link KeywordSpotter.words}. */
  readonly word: string;
  /** Mean probability over the last decisions when it was detected, in (0, 1]. */
  readonly confidence: number;
  /** Of the end of the window of sound that decided, in seconds from the beginning of listening. */
  readonly time: number;
}

/** Whether a microphone's sound comes, or is held back until somebody clicks. */
export type MicrophoneState = "listening" | "suspended";

/** What a model may be loaded from. A text is an address, or outside a browser also a path. */
export type ModelSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/** When a word counts as heard. What is absent is as the model was tuned, or as is usual. */
export interface SpotterOptions {
  /** Least mean probability, in (0, 1]. */
  readonly threshold?: number;
  /** Decisions that are averaged, from 1. */
  readonly smoothing?: number;
  /** Decisions in a row for which a word has to be the likeliest one, from 1. */
  readonly patience?: number;
  /** Seconds in which the same word is not detected again. */
  readonly refractorySeconds?: number;
  /** Seconds from one decision to the next. */
  readonly hopSeconds?: number;
}

/** What the model makes of the last stretch of sound. */
export interface SpotterDecision {
  /** Of its end, in seconds from the beginning of listening. */
  readonly time: number;
  /** Of each class. */
  readonly probabilities: Float32Array;
}

/** What is listened to, and how. */
export interface ListenOptions {
  /** Of blocks of samples, in Hz, a whole number; the model's if absent. Microphones and files know their own. */
  readonly sampleRate?: number;
  /** Ends listening. */
  readonly signal?: AbortSignal;
  /** Told whether a microphone's sound comes, or is held back until somebody clicks. */
  readonly onState?: (state: MicrophoneState) => void;
  /** Told each decision, word or not. */
  readonly onDecision?: (decision: SpotterDecision) => void;
  /** Address of the package's `capture.js`, where a bundler or a content security policy lets no other be found. */
  readonly worklet?: string | URL;
}

/** What can be listened to. */
export type SoundSource = MediaStream | Blob | AsyncIterable<Float32Array> | Iterable<Float32Array>;

/** A model that spots keywords. Nothing is sent anywhere: it computes where it is. */
export class KeywordSpotter {
  private constructor();
  /** What the model tells apart; names that begin with `_` are no words. */
  readonly classes: readonly string[];
  /** Those that it can hear. */
  readonly words: readonly string[];
  /** Of the model, in Hz. Sound of other rates is resampled. */
  readonly sampleRate: number;
  /** Seconds of sound that each decision is about. */
  readonly clipSeconds: number;
  /** How listening works: each frame computed once, or windows. */
  readonly by: "frames" | "windows";
  /** What computes: `simd` is WebAssembly without tensors; the others are those of TensorFlow.js. */
  readonly backend: "simd" | "webgpu" | "wasm" | "cpu";
  /** Loads a model and checks it: its format, names, sizes and numbers. */
  static load(source: ModelSource, options?: SpotterOptions): Promise<KeywordSpotter>;
  /** Listens until the source ends, `signal` aborts, or the loop is left. */
  listen(source: SoundSource, options?: ListenOptions): AsyncGenerator<Keyword, void, undefined>;
  /** Gives back what it holds. */
  dispose(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}
