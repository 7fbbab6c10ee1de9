/** Per-channel energy normalisation (Wang et al. 2017, arXiv 1607.05666). */
import type * as tf from "@tensorflow/tfjs";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { pcenComposite } from "./composite.ts";
import { PARAMETERS, type PcenParameters } from "./types.ts";
import { pcenWasm } from "./wasm.ts";
import { pcenWebGpu } from "./webgpu.ts";

export type { PcenParameters } from "./types.ts";

const run = withKernels(pcenComposite, { wasm: pcenWasm, webgpu: pcenWebGpu });

/**
 * `(E / (epsilon + M)^gain + bias)^power - bias^power` with the running mean `M_t = smoothing E_t + (1 - smoothing)
 * M_(t-1)`, which starts as the first frame's energy. Computed so that quiet frames keep what float32 holds of them.
 *
 * The original's `exp(-gain (ln epsilon + log1p(M / epsilon)))` guards a product of two powers; one power of the sum
 * needs no guard and is nearer: its logarithm has no two large terms that cancel.
 *
 * @param energy `[B, bands, T]`, not negative. @param epsilon At least 1e-30: logarithms take less for zero.
 * @param validFrames `[B]`: frames of each clip that count; the others are not read, and zero in the output. All by
 *   default.
 * @returns `[B, bands, T]`.
 * @throws {RangeError} If the shapes do not fit.
 */
export function pcen(
  energy: tf.Tensor3D,
  parameters: PcenParameters,
  epsilon: number,
  validFrames?: Int32Array,
): tf.Tensor3D {
  checkFloat("pcen", "energy", energy);
  checkShape("pcen", "energy", energy.shape, [null, null, null]);
  const [batch, bands, frames] = energy.shape;
  for (const name of PARAMETERS) checkShape("pcen", name, parameters[name].shape, [bands]);
  return run(energy, parameters, epsilon, paddedFrames("pcen", validFrames, batch, frames));
}
