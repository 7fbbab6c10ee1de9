/** A front-end as the steps that are left after its frozen prefix. */
import type * as tf from "@tensorflow/tfjs";
import type { ForwardMode, NetworkState, Representation, TensorSpec } from "../nn/types.ts";
import { bandStep } from "./band_step.ts";
import { melStep } from "./mel_step.ts";
import { normaliseSteps } from "./normalise_steps.ts";
import { type FrontendSpec, frozenPrefix, prefixShape, prefixSpec } from "./spec.ts";
import { spectrumStep } from "./spectrum_step.ts";
import type { Step } from "./step.ts";

export interface Frontend {
  readonly input: { readonly representation: Representation; readonly shape: readonly number[] };
  /** Tensors of the steps that are left; those of the prefix are not part of a network. */
  readonly specs: readonly TensorSpec[];
  /** @param batch `[B, ...input.shape]`. @returns Log-mel or decibels `[B, M, T]`. */
  forward(state: NetworkState, batch: tf.Tensor, mode: ForwardMode): tf.Tensor3D;
  project(state: NetworkState): void;
}

/** @param samples Length of every clip. */
export function buildFrontend(spec: FrontendSpec, samples: number): Frontend {
  const representation = frozenPrefix(spec);
  const steps = remainingSteps(spec, representation);
  return {
    input: { representation, shape: prefixShape(prefixSpec(spec), samples) },
    specs: steps.flatMap((step) => step.specs),
    forward: (state, batch, mode) =>
      steps.reduce((x, step) => step.apply(state, x, mode), batch) as tf.Tensor3D,
    project: (state) => steps.forEach((step) => step.project(state)),
  };
}

function remainingSteps(spec: FrontendSpec, representation: Representation): readonly Step[] {
  const last = normaliseSteps(spec);
  switch (representation) {
    case "waveform":
      return [spectrumStep(spec), filterStep(spec), ...last];
    case "power":
    case "magnitude":
      return [filterStep(spec), ...last];
    case "logmel":
    case "decibels":
      return last;
    default:
      throw representation satisfies never;
  }
}

function filterStep(spec: FrontendSpec): Step {
  switch (spec.kind) {
    case "nnaudio":
      return melStep(spec);
    case "fastaudio":
      return bandStep(spec);
    default:
      throw spec satisfies never;
  }
}
