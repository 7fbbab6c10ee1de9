/** What a report is made of, as read from the store. No logic. */
import type { InputOrigin } from "../engine/types.ts";
import type { ResultRow, RunDescription } from "./results.ts";

/** A run as the report's configuration lists it. */
export interface ReportRun extends RunDescription {
  readonly sample_rate: number;
  readonly n_fft: number;
  readonly hop_samples: number;
}

/** One checkpoint's figures by class, as in `metrics.json`. */
export interface ClassRecord {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

export interface ClassMetrics {
  readonly classes: readonly string[];
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
  readonly classes: readonly string[];
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface ReportData {
  readonly title: string;
  readonly runs: readonly ReportRun[];
  readonly rows: readonly ResultRow[];
  /** By run, of every run. */
  readonly metrics: ReadonlyMap<string, ClassMetrics>;
  readonly histories: ReadonlyMap<string, TrainingHistory>;
  /** By run, of those looked into. */
  readonly probes: ReadonlyMap<string, Probe>;
  /** By run, the tasks that made what is shown of it. */
  readonly origins: ReadonlyMap<string, readonly InputOrigin[]>;
}
