import type { TransformForm } from "../../../kernels/spectrum/pass.ts";
import type { Values } from "./kind.ts";

/** How frames are taken, whoever computes the transform. */
export function formOf(values: Values): TransformForm {
  const { nFft, hopSamples, padding, window: name, winLength, periodic, bins, conditioning } = values;
  const frameSamples = values.frameSamples ?? nFft;
  const window = { name, samples: winLength ?? frameSamples, periodic };
  return { nFft, frameSamples, hopSamples, padding, window, conditioning, isDft: bins === null };
}
