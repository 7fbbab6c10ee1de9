/** What a model is: everything behind a front-end. Pure. */
import type * as tf from "@tensorflow/tfjs";
import type { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../nn/types.ts";

/** `clip`: one decision for each clip, logits `[B, classes]`. `frame`: one for each frame, `[B, T, classes]`. */
export type Head = "clip" | "frame";

/** What a model takes in: `[B, bands, T]`, or with several channels `[B, channels, bands, T]`. */
export interface ModelInput {
  readonly channels: number;
  readonly bands: number;
  /** Frames of every clip; null where clips are of any length. */
  readonly frames: number | null;
}

/** A model as slices and checkpoints hold it: its group of the configuration. */
export type ModelSpec = JsonObject & { readonly kind: string };

export interface ModelKind<Config extends ModelSpec = ModelSpec> {
  /** Of `conf/model/<name>.yaml`, in snake_case, with a literal `kind`. */
  readonly schema: z.ZodType<Config>;
  /**
   * The heads that it has. Where their code is in modules of a list of their own (see {@link Heads}), each names its own,
   * relative to `lib`, so that a task's key covers no other; else null.
   */
  readonly heads: Readonly<Partial<Record<Head, string | null>>>;
  check(config: Config, input: Omit<ModelInput, "frames">): readonly Problem[];
  /** Seconds that a clip of a second takes in training behind a frozen front-end: for estimates. */
  readonly trainedSeconds: number;
  /** @throws {RangeError} (of `body`) If the sizes do not fit each other. */
  load(head: Head): Promise<BodyModule<Config>>;
}

/** The code of a model with one head. */
export interface BodyModule<Config extends ModelSpec = ModelSpec> {
  body(config: Config, input: ModelInput, classes: number): Body;
}

/** A model's code for each of its heads: a list, so that a task's key holds that of its own head alone. */
export type Heads<Config extends ModelSpec> = Readonly<Record<Head, () => Promise<BodyModule<Config>>>>;

/** A model at work, without its front-end. */
export interface Body {
  readonly specs: readonly TensorSpec[];
  /** @param bands `[B, M, T]`, or with several channels `[B, C, M, T]`. @returns Logits, as the head says. */
  forward(state: NetworkState, bands: tf.Tensor, mode: ForwardMode): tf.Tensor;
}
