import type * as tf from "@tensorflow/tfjs";

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Keys and values, the first of them which kind they are of. */
export type KindConfig = { readonly kind: string } & { readonly [key: string]: Json };

/** What a front-end may know of what it is for. */
export interface FrontendContext {
  /** In Hz. */
  readonly sampleRate: number;
  /** Length of every clip; null: clips are as long as they are. */
  readonly clipSamples: number | null;
  /** Of the initial values. */
  readonly seed: number;
  /** Names of trained parts, as `mel` and `stft`. */
  readonly trained: readonly string[];
  /** As `{ kind: "log", offset: 1e-6 }`. */
  readonly compression: KindConfig;
}

/** A front-end as files hold it: the chain of its steps, as plain values. */
export type FrontendSpec = { readonly [key: string]: Json } & {
  readonly kind: string;
  /** In Hz. */
  readonly sample_rate: number;
  readonly trained: readonly string[];
  readonly steps: readonly ({ readonly [key: string]: Json } & {
    readonly step: string;
    readonly trained: boolean;
  })[];
};

/** A front-end from its configuration, checked. @throws {Error} A sentence, for a key or value that is not known. */
export function makeFrontend(config: KindConfig, context: FrontendContext): Promise<FrontendSpec>;

type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

/** What a {@link FrontEndLayer} is made of. */
export interface FrontEndArgs extends LayerArgs {
  /** See {@link makeFrontend}. */
  readonly frontend: FrontendSpec | string;
  /** Of the initial values; 0 by default. */
  readonly seed?: number;
}

/** What a {@link SpeechModelLayer} is made of. */
export interface SpeechModelArgs extends LayerArgs {
  /** Its kind and values, as `{ kind: "linear" }`. */
  readonly model: KindConfig | string;
  /** `clip`: one decision a clip, `[batch, classes]`. `frame`: one a frame, `[batch, frames, classes]`. */
  readonly head?: "clip" | "frame";
  /** Number of logits. */
  readonly classes: number;
  /** Of the initial values and of dropout; 0 by default. */
  readonly seed?: number;
}

/** From waves `[batch, samples]` at full scale 1 to bands over time. */
export class FrontEndLayer extends tf.layers.Layer {
  static className: string;
  constructor(args: FrontEndArgs);
}

/** From bands over time to logits. */
export class SpeechModelLayer extends tf.layers.Layer {
  static className: string;
  constructor(args: SpeechModelArgs);
}

/** Makes the layers known to TensorFlow.js: to be awaited before layers are made or models are loaded. */
export function registerLayers(theirs?: { readonly layers: { readonly Layer: unknown } }): Promise<void>;

/** Makes WebGPU or WebAssembly ready with this library's kernels, unless a backend was chosen. */
export function openTensors(): Promise<"webgpu" | "wasm" | "cpu">;
