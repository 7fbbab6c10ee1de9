/** What filters with pooling have in common over a stream. */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../base/errors.ts";
import { copied } from "../../nn/state.ts";
import { type FilterGroup, type PooledForm, PooledFrames } from "../layers/pooled_frames.ts";
import type { StreamedStep } from "./contract.ts";

export function pooledStep(form: PooledForm): StreamedStep {
  return { does: "frames", lay: (line) => new PooledFrames(line, form) };
}

/** @throws {UserError} `bad-config`, always. */
export function refusePlacedFrames(): never {
  throw new UserError(
    "bad-config",
    "Cannot make frames one by one where a clip's length places them: found frames as TensorFlow pads them, wanted centred " +
      "or inside. Listen in windows, or train with centred frames.",
  );
}

interface FilterTensors {
  readonly re: tf.Tensor;
  readonly im: tf.Tensor | null;
  /** Null: the largest. */
  readonly window: tf.Tensor | null;
}

/** Values of tensors that nobody else has. */
export async function valuesOf(
  { re, im, window }: FilterTensors,
): Promise<Pick<FilterGroup, "re" | "im" | "window">> {
  const values = {
    re: await copied(re),
    im: im === null ? null : await copied(im),
    window: window === null ? null : await copied(window),
  };
  tf.dispose([re, im, window].filter((tensor) => tensor !== null));
  return values;
}
