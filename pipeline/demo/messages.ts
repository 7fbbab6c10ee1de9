/** What the page, its recognising worker and its microphone say to each other. No logic. */

import type { Representation } from "../../lib/nn/representation.ts";

/** A model that the server offers. */
export interface OfferedModel {
  /** In addresses. */
  readonly id: string;
  readonly run: string;
  readonly setting: string;
  /** What it was trained on and tested with; "" if that is not known. */
  readonly dataset: string;
  /** On the test split, in [0, 1]; null if it was not evaluated. */
  readonly accuracy: number | null;
  /** How many clips that is of; null if it is not known. */
  readonly tested: number | null;
}

export type BackendChoice = "auto" | "webgpu" | "wasm";

/** From the page to the worker. */
export type Order =
  | { readonly type: "open"; readonly backend: BackendChoice }
  | { readonly type: "load"; readonly address: string; readonly run: string }
  | { readonly type: "listen"; readonly port: MessagePort; readonly sampleRate: number }
  | { readonly type: "stop" }
  | { readonly type: "file"; readonly name: string; readonly bytes: ArrayBuffer }
  | { readonly type: "threshold"; readonly threshold: number };

/** From the worker to the page. */
export type Report =
  | { readonly type: "opened"; readonly backend: string; readonly device: string }
  | { readonly type: "loaded"; readonly model: LoadedModel }
  | ({ readonly type: "heard" } & HeardWindow)
  /** A dropped file, as the pipeline evaluates a clip. */
  | {
    readonly type: "clip";
    readonly name: string;
    readonly seconds: number;
    readonly logits: Float32Array;
    readonly probabilities: Float32Array;
  }
  /** A dropped file was heard to its end. */
  | { readonly type: "ended"; readonly name: string; readonly seconds: number }
  | { readonly type: "failed"; readonly message: string };

export interface LoadedModel {
  readonly run: string;
  readonly classes: readonly string[];
  readonly sampleRate: number;
  readonly clipSamples: number;
  readonly hopSamples: number;
  readonly bands: number;
  /** What is shown of a window. */
  readonly shown: Representation;
  /** The parts of the front-end that were trained, in words. */
  readonly trained: readonly string[];
  /** Least mean probability at which it says a word, where that was chosen on a stream; null: it was not. */
  readonly threshold: number | null;
}

export interface HeardWindow {
  /** From the stream's beginning to the window's end. */
  readonly seconds: number;
  /** `[classes]`, averaged over the last windows. */
  readonly probabilities: Float32Array;
  /** Samples since the window before. */
  readonly wave: Float32Array;
  /** Frames since the window before, `[frames, bands]`. */
  readonly learned: Float32Array;
  readonly initial: Float32Array;
  readonly detection?: { readonly label: string; readonly probability: number; readonly seconds: number };
  readonly computeMs: number;
  /** From when the newest block of samples began to when this was known. */
  readonly lagMs: number;
}

/** From the microphone to the worker. */
export type Block = Float32Array;
