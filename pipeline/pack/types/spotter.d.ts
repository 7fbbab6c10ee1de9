/// <reference lib="dom" />

import type {
  Keyword,
  ListenOptions,
  SoundSource,
  SpotterDecision,
  SpotterOptions,
} from "../../../lib/package/spotter_io.ts";
export type { Keyword, ListenOptions, SoundSource, SpotterDecision, SpotterOptions };

import type { MicrophoneState } from "../../../lib/package/microphone_io.ts";
export type { MicrophoneState };

import type { ModelSource } from "../../../lib/package/model_file_io.ts";
export type { ModelSource };

/** A model that spots keywords. Nothing is sent anywhere: it computes where it is. */
export class KeywordSpotter {
  private constructor();
  /** What the model tells apart; names that begin with `_` are no words. */
  readonly classes: readonly string[];
  /** Those that it can hear. */
  readonly words: readonly string[];
  /** Of each word the least mean probability at which it is heard. */
  readonly thresholds: Readonly<Record<string, number>>;
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
