/** The tensors that a front-end's frozen prefix computes with, which are no part of a network. */
import type { TensorSpec } from "../nn/types.ts";
import { buildFrontend } from "./chain.ts";
import type { FrontendSpec } from "./spec.ts";

/** @param samples Length of every clip. */
export function prefixTensors(spec: FrontendSpec, samples: number): TensorSpec[] {
  const left = new Set(buildFrontend(spec, samples).specs.map(({ name }) => name));
  const whole = buildFrontend({ ...spec, trainable: { stft: true, mel: true } }, samples);
  return whole.specs.filter(({ name }) => !left.has(name));
}
