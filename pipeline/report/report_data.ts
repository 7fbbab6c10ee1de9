/** What a report is made of, as read from the store. No logic. */
import type { InputOrigin } from "../engine/types.ts";
import type { ShownAlignment } from "./recognition_results.ts";
import type { RunDescription } from "./results.ts";
import type { Measure, ScoredRun } from "./scored_run.ts";

/** A run as the report's configuration lists it. */
export interface ReportRun extends RunDescription {
  readonly sample_rate: number;
  readonly n_fft: number;
  readonly hop_samples: number;
  /** Bins of the spectrum that no filter hears when training starts. */
  readonly uncovered_bins: number;
}

/** One checkpoint's figures by class, as in `metrics.json`. */
export interface ClassRecord {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

/** What the best checkpoint took for what. */
export interface ClassMetrics {
  /** Of rows and columns of the confusion. */
  readonly classes: readonly string[];
  /** Empty where outputs are sequences. */
  readonly perClass: readonly ClassRecord[];
  readonly confusion: readonly (readonly number[])[];
}

export interface EpochRecord {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validation_loss: number;
  readonly validation_accuracy: number;
  readonly lr: Readonly<Record<string, number>>;
}

export interface TrainingHistory {
  readonly best_epoch: number;
  readonly epochs: readonly EpochRecord[];
}

/** A stored array. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** What `probe.safetensors` holds. */
export interface Probe {
  /** Of the clips' labels; empty without clips. */
  readonly classes: readonly string[];
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface ReportData {
  readonly title: string;
  readonly runs: readonly ReportRun[];
  readonly measure: Measure;
  readonly rows: readonly ScoredRun[];
  /** By run, of every run. */
  readonly metrics: ReadonlyMap<string, ClassMetrics>;
  readonly histories: ReadonlyMap<string, TrainingHistory>;
  /** Utterances as one run hears them; null where outputs are no sequences. */
  readonly heard: { readonly run: string; readonly examples: readonly ShownAlignment[] } | null;
  /** By run, of those looked into. */
  readonly probes: ReadonlyMap<string, Probe>;
  /** By run, the tasks that made what is shown of it. */
  readonly origins: ReadonlyMap<string, readonly InputOrigin[]>;
}
