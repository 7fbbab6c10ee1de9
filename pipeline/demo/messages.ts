/** What the page, its recognising worker and its microphone say to each other. No logic. */
import type { Enrolment, OwnWord } from "../../lib/enrol/enrol.ts";
import type { Take } from "../../lib/enrol/takes.ts";
import type { Detection } from "../../lib/live/detector.ts";
import type { Representation } from "../../lib/nn/representation.ts";
import type { ChosenOn, OperatingPoint } from "../../lib/records/operating_point.ts";

/** What the page is served with. */
export interface Offer {
  readonly models: readonly OfferedModel[];
  /** Addresses of files of embeddings, which own words are told from. */
  readonly backgrounds: readonly string[];
}

/** A model that the server offers. */
export interface OfferedModel {
  /** In addresses. */
  readonly id: string;
  readonly run: string;
  /** Whether any part of its front-end was trained. */
  readonly learned: boolean;
  /** What it was trained on and tested with; "" if that is not known. */
  readonly dataset: string;
  /** On the test split, in [0, 1]; null if it was not evaluated. */
  readonly accuracy: number | null;
  /** How many clips that is of; null if it is not known. */
  readonly tested: number | null;
}

export type BackendChoice = "auto" | "webgpu" | "wasm";

/** What a worker needs besides its own script. */
export interface WorkerFiles {
  /** Of TensorFlow.js, for instructions on several numbers at once. */
  readonly backend: ArrayBuffer;
  /** This library's, for memory of one thread. */
  readonly kernels: ArrayBuffer;
  /** Where there are threads: for memory that they share, and the script of one. */
  readonly threads: { readonly kernels: ArrayBuffer; readonly script: ArrayBuffer } | null;
}

/** From the page to the worker. */
export type Order =
  | { readonly type: "open"; readonly backend: BackendChoice; readonly files: WorkerFiles }
  | { readonly type: "load"; readonly bytes: ArrayBuffer; readonly run: string }
  | { readonly type: "listen"; readonly port: MessagePort; readonly sampleRate: number }
  | { readonly type: "stop" }
  | { readonly type: "file"; readonly name: string; readonly bytes: ArrayBuffer }
  /** Of words that have none of their own; those that have move by as many log odds. */
  | { readonly type: "threshold"; readonly threshold: number }
  /** Whether a word can be learnt from a recording. */
  | { readonly type: "check"; readonly id: number; readonly take: Take }
  /** Adds own words to the model that was loaded, in the place of those that it had. */
  | {
    readonly type: "learn";
    readonly words: readonly OwnWord[];
    readonly falseAlarms: readonly Take[];
    /** The one of this model is taken, if there is one. */
    readonly backgrounds: readonly ArrayBuffer[];
  };

/** From the worker to the page. */
export type Report =
  | { readonly type: "opened"; readonly backend: string; readonly device: string }
  | { readonly type: "loaded"; readonly model: LoadedModel }
  | ({ readonly type: "heard" } & HeardStretch)
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
  /** In a sentence; null: it can be learnt from. */
  | { readonly type: "checked"; readonly id: number; readonly problem: string | null }
  | { readonly type: "learning"; readonly done: number; readonly total: number }
  | ({ readonly type: "learned" } & Learned)
  /** Nothing was learnt. */
  | { readonly type: "unlearned"; readonly message: string }
  | { readonly type: "failed"; readonly message: string };

/** A model with own words. */
export interface Learned extends Pick<Enrolment, "words" | "background"> {
  readonly model: LoadedModel;
  /** A file like any other checkpoint. */
  readonly checkpoint: ArrayBuffer;
}

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
  readonly listens: Listening;
  /** When it says a word. */
  readonly rule: Rule;
  /** What that was chosen on; null: it was not chosen. */
  readonly chosenOn: ChosenOn | null;
}

/** How a stream is listened to. */
export interface Listening {
  /** Each frame once, or each decision anew on a whole window. */
  readonly by: "frames" | "windows";
  /** Why in windows; null where by frames. */
  readonly reason: string | null;
  /** How long after the end of what it is about a decision can be made. */
  readonly delaySeconds: number;
}

/** When a word counts as heard. */
export type Rule = Pick<
  OperatingPoint,
  "hopSeconds" | "smoothing" | "threshold" | "thresholds" | "patience" | "refractorySeconds"
>;

/** A stretch of a stream: what came, and what was made of it. */
export interface HeardStretch {
  /** From the stream's beginning to the stretch's end. */
  readonly seconds: number;
  /** Samples. */
  readonly wave: Float32Array;
  /** `[frames, bands]` */
  readonly learned: Float32Array;
  readonly initial: Float32Array;
  /** In order; none before as much was heard as a clip has. */
  readonly moments: readonly Moment[];
  /** Words that begin. */
  readonly detections: readonly Detection[];
  readonly computeMs: number;
  /** From when the newest block of samples began to when this was known. */
  readonly lagMs: number;
}

/** What a model thinks at a time. */
export interface Moment {
  /** Of the end of the window that is decided on, from the stream's beginning. */
  readonly seconds: number;
  /** `[classes]`, averaged over the last decisions. */
  readonly probabilities: Float32Array;
}

/** From the microphone to the worker. */
export type Block = Float32Array;
