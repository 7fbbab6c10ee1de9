/** What a task is: what a network is asked, how it learns that, and how well it does it. */
import type * as tf from "@tensorflow/tfjs";
import type { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import type { Rng } from "../base/random.ts";
import type { Head } from "../models/contract.ts";

/** A task as stages know it. Pure: planning, tables and reports need this and no numeric library. */
export interface TaskKind {
  readonly head: Head;
  /** Above tables: `Keyword spotting`. */
  readonly title: string;
  /** How it is spoken of: `keyword spotter`, `clip`. */
  readonly words: { readonly network: string; readonly example: string; readonly examples: string };
  /** Samplers of training: `trainer.sampler`. */
  readonly samplers: readonly string[];
  /** Groups of the configuration that only this task has, as `conf/<group>/<name>.yaml`: evaluation is told of them. */
  readonly groups: Readonly<Record<string, z.ZodType<JsonObject>>>;
  check(
    config: {
      readonly trainer: {
        readonly batch_size: number;
        readonly clips_per_epoch: number | null;
        readonly label_smoothing: number;
        readonly sampler: string;
        readonly class_clips: Readonly<Record<string, number>>;
        readonly class_weights: string;
      };
    },
  ): readonly Problem[];
  /** Frames that an example's labels take at least; an example with fewer is left out. */
  leastFrames(labels: Int32Array): number;
  /** What there is to say of a checkpoint, most important first; runs are compared by the first that all of them have. */
  readonly figures: readonly FigureColumn[];
  load(): Promise<{ readonly work: TaskWork }>;
}

export interface FigureColumn {
  /** In files: `accuracy`, `cross_entropy`. */
  readonly name: string;
  /** In tables and on pages. */
  readonly title: string;
  readonly lowerIsBetter: boolean;
  /** `percent`: a share of 1, shown as such. */
  readonly as: "percent" | "number" | "count";
}

/** How well a network does on some examples, in the same form for all tasks. */
export interface Figures {
  /** One for each of the kind's {@link TaskKind.figures}; null where these examples have no such figure. */
  readonly values: readonly (number | null)[];
  /** What runs are compared by. */
  readonly score: number;
  readonly confusion: Confusion;
}

/** What was taken for what. */
export interface Confusion {
  /** Of rows and columns. */
  readonly labels: readonly string[];
  /** Row: what it is, column: what it was taken for. */
  readonly counts: readonly (readonly number[])[];
  /** Whether the last label stands for no label: its row counts insertions, its column deletions. */
  readonly nothing: boolean;
}

/** Examples of one batch; of different lengths, they are padded at their end to the longest. */
export interface Batch {
  readonly clips: number;
  /** Their places in the source. */
  readonly rows: ArrayLike<number>;
  /** `[clips, ...shape]`, row-major, zeros where a clip has ended; the next read may overwrite it. */
  readonly features: Float32Array;
  /** Of one padded clip. */
  readonly shape: readonly number[];
  /** The point of a network's chain at which it enters. */
  readonly entry: number;
  /** `[clips]`: frames of each. */
  readonly frames: Int32Array;
  /** Whether examples of the source are of different lengths, so that some may be padded. */
  readonly isRagged: boolean;
  /** `[clips, most]`: class indices, padded with zeros. */
  readonly labels: Int32Array;
  /** `[clips]`. */
  readonly labelLengths: Int32Array;
  /** What each clip was mixed with, where some were: another class, and its share of the whole. */
  readonly mixed?: { readonly labels: Int32Array; readonly shares: Float32Array };
}

/** What is known of all examples of a source without reading their features. */
export interface Examples {
  readonly count: number;
  readonly names: readonly string[];
  readonly classes: readonly string[];
  /** Frames of each example. */
  readonly frames: Int32Array;
  /** An example's class indices. */
  labelsOf(row: number): Int32Array;
}

/** How an epoch's examples are drawn. */
export interface Sampling {
  /** A sampler of the task. */
  readonly sampler: string;
  /** Examples; null: as many as the sampler takes. */
  readonly most: number | null;
  /** Examples of single classes, where the sampler counts them: see `class_clips` of a training. */
  readonly classClips: Readonly<Record<string, number>>;
}

/** What is made of labels while a network learns. */
export interface Lesson {
  /** This share of each label is spread evenly over all classes. */
  readonly smoothing: number;
  /** Of each class in the loss; all weigh the same by default. */
  readonly classWeights?: Float32Array;
}

export interface TaskWork {
  /** Mean over the batch. @param lesson Absent: labels as they are. */
  loss(logits: tf.Tensor, batch: Batch, lesson?: Lesson): tf.Scalar;
  /** Weights by which each class counts as much as any other; absent: the task has no such weights. */
  balancedWeights?(source: Examples): Float32Array;
  /** Rows of each batch of one epoch; the same generator gives the same batches. */
  epochBatches(sampling: Sampling, source: Examples, batchSize: number, rng: Rng): Uint32Array[];
  /** How many batches that is. */
  stepsPerEpoch(sampling: Sampling, source: Examples, batchSize: number): number;
  /** Rows of batches that go through a source once: in order where examples are told one by one. */
  evaluationBatches(source: Examples, batchSize: number, inOrder: boolean): Uint32Array[];
  /**
   * @param groups The task's own groups of the configuration; empty while training.
   * @param telling Whether to keep what the network told of each example.
   */
  startTally(classes: readonly string[], groups: JsonObject, telling?: boolean): Tally;
}

/** Counts how well a network does, batch by batch. */
export interface Tally {
  /** @param logits Row-major. @param loss Mean over the batch; NaN while training, where nobody asks for it. */
  add(batch: Batch, logits: Float32Array, loss: number): void;
  /** Share of what was to be told that was told right; 1 - error rate may be below 0. */
  accuracy(): number;
  /** Mean over examples (or labels). Not finite if one was not. */
  loss(): number;
  figures(): Figures;
  /** What the network told of each example, in the order of counting, where that is kept. */
  readonly told: readonly ToldExample[];
}

/** What a network makes of one example. */
export interface ToldExample {
  readonly row: number;
  /** Names of classes, in order. */
  readonly labels: readonly string[];
  /** Probability that the network gives to them; null where it is not known. */
  readonly posterior: number | null;
  /** `[classes]`: probability of each class, where an example has one of them; null: it has many. */
  readonly posteriors: Float32Array | null;
  /** Minus the log probability that the network gives to what the example is, for each label, in nats. */
  readonly loss: number;
  /** What the example adds to the score, which is the sum of this over the sum of `of`. Whole numbers. */
  readonly score: number;
  readonly of: number;
}
