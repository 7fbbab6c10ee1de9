/** Energies behind complex Gabor filters, pooled by Gaussian windows: LEAF's front-end without its compression. */
import type * as tf from "@tensorflow/tfjs";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { gaborComposite } from "./composite.ts";
import type { GaborForm, GaborParameters } from "./types.ts";
import { gaborWasm } from "./wasm.ts";

export type { GaborForm, GaborParameters } from "./types.ts";

const run = withKernels(gaborComposite, { wasm: gaborWasm });

/**
 * With `g[t] = exp(-t^2 / (2 width^2) + i centre t) / (sqrt(2 pi) width)` and `w[t] = exp(-(t / (half pooling))^2 / 2)`
 * for `|t| <= half`: `y = wave * g` within the clip, `energy[b, m, k] = sum_t w[t] |y[at_k + t]|^2`, nothing beyond
 * the clip's ends. Gradients exist for the parameters, not for the wave.
 *
 * @param wave `[B, samples]`. @returns `[B, M, T]`.
 */
export function gaborEnergies(wave: tf.Tensor2D, parameters: GaborParameters, form: GaborForm): tf.Tensor3D {
  const { taps, hopSamples } = form;
  checkFloat("gaborEnergies", "wave", wave);
  checkShape("gaborEnergies", "wave", wave.shape, [null, null]);
  checkShape("gaborEnergies", "centres", parameters.centres.shape, [null]);
  checkShape("gaborEnergies", "widths", parameters.widths.shape, parameters.centres.shape);
  checkShape("gaborEnergies", "pooling", parameters.pooling.shape, parameters.centres.shape);
  if (taps % 2 === 0 || hopSamples > taps) {
    throw new RangeError(
      `gaborEnergies: ${taps} taps and a hop of ${hopSamples}, wanted odd taps and a hop of at most as many`,
    );
  }
  return run(wave, parameters, form);
}
