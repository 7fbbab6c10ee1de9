/** A front-end as the steps that are left after its frozen prefix. */
import type * as tf from "@tensorflow/tfjs";
import type { ForwardMode, NetworkState, Representation, TensorSpec } from "../nn/types.ts";
import { type FrontendSpec, frozenPrefix, prefixShape, prefixSpec } from "./spec.ts";
import type { Step } from "./step.ts";
import { melStep, normaliseStep, stftStep } from "./steps.ts";

export interface Frontend {
  readonly input: { readonly representation: Representation; readonly shape: readonly number[] };
  /** Tensors of the steps that are left; those of the prefix are not part of a network. */
  readonly specs: readonly TensorSpec[];
  /** @param batch `[B, ...input.shape]`. @returns Log-mel `[B, M, T]`. */
  forward(state: NetworkState, batch: tf.Tensor, mode: ForwardMode): tf.Tensor3D;
  project(state: NetworkState): void;
}

/** @param samples Length of every clip. */
export function buildFrontend(spec: FrontendSpec, samples: number): Frontend {
  const representation = frozenPrefix(spec);
  const steps = remainingSteps(allSteps(spec), representation);
  return {
    input: { representation, shape: prefixShape(prefixSpec(spec), samples) },
    specs: steps.flatMap((step) => step.specs),
    forward: (state, batch, mode) =>
      steps.reduce((x, step) => step.apply(state, x, mode), batch) as tf.Tensor3D,
    project: (state) => steps.forEach((step) => step.project(state)),
  };
}

function allSteps(spec: FrontendSpec): Step[] {
  return [stftStep(spec), melStep(spec), ...(spec.normalise === "batch" ? [normaliseStep(spec)] : [])];
}

function remainingSteps(steps: readonly Step[], representation: Representation): readonly Step[] {
  const first = steps.findIndex((step) => step.input === representation);
  return first === -1 ? [] : steps.slice(first);
}
