/** Energies behind complex Gabor filters, pooled by Gaussian windows: LEAF's front-end without its compression. */
import type * as tf from "@tensorflow/tfjs";
import { gaborFrameCount } from "../../audio/gabor.ts";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { gaborComposite } from "./composite.ts";
import type { GaborForm, GaborParameters } from "./types.ts";
import { gaborWasm } from "./wasm.ts";

export type { GaborForm, GaborParameters } from "./types.ts";

const run = withKernels(gaborComposite, { wasm: gaborWasm });

/**
 * With `g[t] = exp(-t^2 / (2 width^2) + i centre t) / (sqrt(2 pi) width)` and `w[t] = exp(-(t / (half pooling))^2 / 2)`
 * for `|t| <= half`: `y = wave * g` within the clip, `energy[b, m, k] = sum_t w[t] |y[at_k + t]|^2`, nothing beyond
 * the clip's ends. Of centred frames a clip ends with a hop, so that its values are those that it has in any batch, up to
 * what is left out. Gradients exist for the parameters, not for the wave.
 *
 * @param wave `[B, samples]`, zeros behind each clip. @param validFrames `[B]`, how many frames of each clip count; only
 * with centred frames.
 * @returns `[B, M, T]`, nothing of meaning behind a clip's frames.
 */
export function gaborEnergies(
  wave: tf.Tensor2D,
  parameters: GaborParameters,
  form: GaborForm,
  validFrames?: Int32Array,
): tf.Tensor3D {
  const { taps, hopSamples, frames } = form;
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
  const [batch, samples] = wave.shape;
  const valid = paddedFrames("gaborEnergies", validFrames, batch, gaborFrameCount(samples, form));
  if (valid !== undefined && frames !== "centred") {
    throw new RangeError(
      `gaborEnergies: clips of several lengths with frames ${frames}, which follow from a clip's length; wanted centred`,
    );
  }
  return run(wave, parameters, form, valid);
}
