/** What a front-end is: a chain of steps, each plain values. Pure: planning a run needs this and no numeric library. */
import type * as tf from "@tensorflow/tfjs";
import type { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import type { PassBank, SpectrumPass, TransformForm } from "../kernels/spectrum/pass.ts";
import type { Representation } from "../nn/representation.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../nn/types.ts";

/**
 * One step in its file form (snake_case): which kind of step, and all that decides what it computes and nothing else.
 * Equal steps after equal steps give equal features, whichever front-end they belong to. Only the step's kind looks
 * inside.
 */
export type StepSpec = JsonObject & {
  /** A kind of `steps/kinds.ts` or `compressions/kinds.ts`. */
  readonly step: string;
  /** Whether training changes any of its tensors. */
  readonly trained: boolean;
  // `module`, where a step has tensors: begins their names, and decides nothing of what is computed.
};

/** A front-end as slices and checkpoints hold it, in its file form. */
export type FrontendSpec = JsonObject & {
  readonly kind: string;
  /** In Hz. */
  readonly sample_rate: number;
  /** Names of the parts that are trained, in their order: those of the kind, then the compression's. */
  readonly trained: readonly string[];
  readonly steps: readonly StepSpec[];
};

/** Shorthands for lists of trained parts: A nothing, D all; B and C as each {@link FrontendKind} says. */
export const SETTINGS = ["A", "B", "C", "D"] as const;
export type Setting = typeof SETTINGS[number];

/** What a front-end may know of the run it belongs to. */
export interface FrontendContext {
  /** In Hz. */
  readonly sampleRate: number;
  /** Length of every clip; null: clips are as long as they are. */
  readonly clipSamples: number | null;
  /** Of the run. */
  readonly seed: number;
  /** Names of trained parts: some of the kind's and of the compression's. */
  readonly trained: readonly string[];
  /** A step of `compressions/kinds.ts`. */
  readonly compression: CompressionConfig;
}

/** A front-end's group of the configuration. */
export type FrontendConfig = JsonObject & { readonly kind: string };

/** Parts by name, with what people call them. */
export type Parts = Readonly<Record<string, string>>;

/** A kind of front-end: `nnaudio`, `fastaudio`, ... `Config` is its group of the configuration, as the schema gives it. */
export interface FrontendKind<Config extends FrontendConfig = FrontendConfig> {
  /** Of `conf/frontend/<name>.yaml`, in snake_case, with a literal `kind`; without `trained`, which all have. */
  readonly schema: z.ZodObject & z.ZodType<Config>;
  /**
   * What can be trained by itself, from the wave onwards: its name in configurations and for people. Tensors are in the
   * parameter group of that name.
   */
  readonly parts: Parts;
  /** The parts that each setting trains. */
  readonly settings: Readonly<Record<Setting, readonly string[]>>;
  /** Settings that train the compression too, where it can be trained. Absent: none does, lists alone name it. */
  readonly settingsOfCompression?: readonly Setting[];
  /** What does not fit together, each problem under its key. */
  check(config: Config, context: FrontendContext): readonly Problem[];
  /** What the compression gets, if these are no energies, in words, and the key of the configuration that decides it. */
  notEnergies?(config: Config): { readonly what: string; readonly key: string } | null;
  /** The keys of the configuration that let values below zero reach the compression; null or absent: there are none. */
  signedBy?(config: Config, context: FrontendContext): readonly string[] | null;
  /** The chain, from the wave to what a model sees; `compressionStep` is the compression's. */
  steps(config: Config, context: FrontendContext): readonly StepSpec[];
  /** Number of bands that models see. */
  bands(config: Config): number;
  /**
   * What sets a run apart besides its number of bands: all such keys, dotted, with their values (null: the usual one,
   * which goes without saying), and short words for its name.
   */
  variant(config: Config): { readonly values: JsonObject; readonly words: readonly string[] };
}

/** A step's {@link StepSpec} as code has it: in camelCase. */
export interface StepValues {
  readonly step: string;
  readonly trained: boolean;
}

/** A kind of step. `Values` is what its schema gives, in camelCase. */
export interface StepKind<Values extends StepValues = StepValues> {
  /** Of the step in its file form, with literal `step`; keys of {@link ofTraining} and `module` have defaults. */
  readonly schema: z.ZodType<StepSpec>;
  /** @throws {RangeError} If such values cannot be taken in. */
  output(values: Values, input: Representation): Representation;
  /** Parameters and buffers, named and shaped as the PyTorch modules have them. */
  tensors(values: Values, input: Representation): readonly TensorSpec[];
  /** Whether a clip's values depend on those beside it in a batch, or on a draw, so that they cannot be cached. */
  variesWithBatch(values: Values): boolean;
  /** Whether it only levels values out before the model, so that drawings and caches hold what comes before it. */
  readonly levels: boolean;
  /** Where time changes from samples to frames: how. */
  framing?(values: Values): Framing;
  /** Keys that steer training and change nothing of what is computed from given tensors. */
  readonly ofTraining: readonly string[];
  /** Keys that say where tensors start: they do not count once the tensors come from a checkpoint. */
  readonly ofStart: readonly string[];
  /** Which bins reach which bands when training starts; null or absent: all do, or the question makes no sense. */
  coverage?(values: Values): Coverage | null;
  /** Where its output has an axis of frequency that its input has not: in Hz, what bins stand for. @param sampleRate In Hz. */
  binsHz?(values: Values, sampleRate: number): Float64Array;
  /** What stretch of the input's axis of frequency it sets to zero, from the first bin to behind the last. */
  masked?(values: Values): readonly [number, number];
  /** Seconds that a clip of a second adds to a training step when this step is trained: for estimates. */
  readonly trainedSeconds: number;
  /**
   * All that it computes with the tensors it starts from, where it is one of the steps that one pass over a wave's frames
   * may do; undefined or absent: it is not.
   */
  plain?(values: Values): PlainStep | undefined;
  layer(): Promise<{ layer(values: Values): Layer }>;
  /** How to look at what its tensors stand for. */
  look?(): Promise<
    { look(values: Values, state: NetworkState, sampleRate: number): Promise<readonly View[]> }
  >;
}

/** A kind of step whose values are a group of the configuration: `log`, `decibels`, ... */
export interface CompressionKind<
  Values extends StepValues = StepValues,
  Config extends CompressionConfig = CompressionConfig,
> extends StepKind<Values> {
  /** Of `conf/compression/<name>.yaml`: the step's own keys and a literal `kind`. */
  readonly group: z.ZodType<Config>;
  /** The part that it adds to those of any front-end: one, called as the kind. Absent: it cannot be trained. */
  readonly parts?: Parts;
  /** Whether it makes sense of energies alone, so that front-ends which give anything else are refused. */
  readonly ofEnergies?: boolean;
  /** Whether it takes logarithms or powers, which are NaN below zero, of what it gets as it is. */
  readonly ofPositive?: boolean;
  /** Channels that it makes of one. Absent: one. */
  channels?(config: Config): number;
}

/** How a bank of filters covers a spectrum. */
export interface Coverage {
  readonly bands: number;
  readonly bins: number;
  /** Whether a band has weight at a bin, a mask aside. */
  hears(band: number, bin: number): boolean;
}

/** A compression's group of the configuration. */
export type CompressionConfig = JsonObject & { readonly kind: string };

export interface Framing {
  /** Frames of a clip; 0 if it is too short. */
  frames(samples: number): number;
  readonly hopSamples: number;
  /**
   * Samples behind a clip's end that its last frames see, and what they are, so that padding changes no result:
   * `repetition` is the clip backwards from its last sample, `reflection` from the one before.
   */
  readonly beyond: { readonly samples: number; readonly are: "reflection" | "repetition" | "zeros" };
}

/** A step at work. */
export interface Layer {
  /** @param x `[batch, ...]`. Tensors are looked up in the state by name, whether trained or frozen. */
  apply(state: NetworkState, x: tf.Tensor, mode: ForwardMode): tf.Tensor;
  /** Brings parameters back into their allowed set; asked only where they are trained. */
  project(state: NetworkState): void;
  /** This step and the next at once, where a kernel does both; undefined: one after the other. */
  fused?(next: Layer): Layer | undefined;
  /** All there is to say of it, if it is one of those that a step before it may compute in the same pass. */
  readonly simple?: SimpleStep;
  /**
   * The same as plain values, for those who have no tensors.
   * @param state Has its tensors, none of them trained.
   */
  pass?(state: NetworkState): Promise<SpectrumPass>;
}

/** What a step does that is no more than this. @typeParam Bank Filters `[bands, bins]`. */
export type SimpleStep<Bank = (state: NetworkState) => tf.Tensor2D> =
  | { readonly does: "sqrt" }
  /** Sets bins to zero, from the first to behind the last. */
  | { readonly does: "zero"; readonly bins: readonly [number, number] }
  /** Multiplies spectra with filters `[bands, bins]`. */
  | { readonly does: "filter"; readonly bank: Bank }
  /** The natural log of its input plus the offset. */
  | { readonly does: "ln"; readonly offset: number };

/** The same without tensors, or the transform that comes first. */
export type PlainStep =
  | SimpleStep<Omit<PassBank, "logOffset">>
  | { readonly does: "transform"; readonly form: TransformForm; readonly powerEpsilon: number };

/** Something of a front-end's inside that can be drawn, before and after training alike. */
export type View =
  | {
    readonly type: "filters";
    /** `[bands, bins]` row by row. */
    readonly weights: Float32Array;
    readonly bands: number;
    /** `[bins]`, ascending. */
    readonly binsHz: Float32Array;
    /** `[bands]`; NaN where a filter has no weight. */
    readonly centresHz: Float32Array;
    readonly widthsHz: Float32Array;
  }
  | {
    readonly type: "kernels";
    /** `[bins, samples]` row by row. */
    readonly wcos: Float32Array;
    readonly wsin: Float32Array;
    /** Of each kernel. */
    readonly samples: number;
    /** In Hz. */
    readonly sampleRate: number;
    /** `[bins]`, ascending: what the pairs started from. */
    readonly binsHz: Float32Array;
  }
  | {
    /** One number for each band. */
    readonly type: "values";
    readonly name: string;
    readonly unit: string;
    readonly values: Float32Array;
  };
