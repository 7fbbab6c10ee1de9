/** A front-end as the steps that are left after its frozen prefix. */
import type * as tf from "@tensorflow/tfjs";
import type { ForwardMode, NetworkState, Representation, TensorSpec } from "../nn/types.ts";
import { bandStep } from "./band_step.ts";
import { melStep } from "./mel_step.ts";
import { normaliseSteps } from "./normalise_steps.ts";
import { type FrontendSpec, frozenPrefix, openPrefixShape, prefixShape, prefixSpec } from "./spec.ts";
import { spectrumStep } from "./spectrum_step.ts";
import type { Step } from "./step.ts";

interface AnyFrontend<Size> {
  readonly input: { readonly representation: Representation; readonly shape: readonly Size[] };
  /** Tensors of the steps that are left; those of the prefix are not part of a network. */
  readonly specs: readonly TensorSpec[];
  /** @param batch `[B, ...input.shape]`. @returns Log-mel or decibels `[B, M, T]`. */
  forward(state: NetworkState, batch: tf.Tensor, mode: ForwardMode): tf.Tensor3D;
  project(state: NetworkState): void;
}

export type Frontend = AnyFrontend<number>;

/** For clips of any length: `null` in its input's shape is the axis of time. */
export type SequenceFrontend = AnyFrontend<number | null>;

/** @param samples Length of every clip. */
export function buildFrontend(spec: FrontendSpec, samples: number): Frontend {
  return chain(spec, prefixShape(prefixSpec(spec), samples));
}

export function buildSequenceFrontend(spec: FrontendSpec): SequenceFrontend {
  return chain(spec, openPrefixShape(prefixSpec(spec)));
}

function chain<Size>(spec: FrontendSpec, shape: readonly Size[]): AnyFrontend<Size> {
  const representation = frozenPrefix(spec);
  const steps = remainingSteps(spec, representation);
  return {
    input: { representation, shape },
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
