/** The tensors that a front-end's frozen prefix computes with, which are no part of a network. */
import type { TensorSpec } from "../nn/types.ts";
import { buildSequenceFrontend } from "./chain.ts";
import type { FrontendSpec } from "./spec.ts";

export function prefixTensors(spec: FrontendSpec): TensorSpec[] {
  const left = new Set(buildSequenceFrontend(spec).specs.map(({ name }) => name));
  const whole = buildSequenceFrontend({ ...spec, trainable: { stft: true, mel: true } });
  return whole.specs.filter(({ name }) => !left.has(name));
}
