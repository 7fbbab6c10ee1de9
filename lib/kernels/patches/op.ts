/** Patches of an image of one channel, so that its convolution is a product with them ("im2col"). */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { patchesComposite } from "./composite.ts";
import type { PatchGeometry } from "./types.ts";
import { patchesWasm } from "./wasm.ts";

const run = withKernels(patchesComposite, { wasm: patchesWasm });

/**
 * Zero-padded by `floor((size - 1) / 2)` before, and behind as the last place wants it.
 *
 * @param x `[B, M, T]`. @returns `[B, ceil(M / strideF), ceil(T / strideT), height width]`, each patch row by row.
 */
export function patches(x: tf.Tensor3D, geometry: PatchGeometry): tf.Tensor4D {
  checkShape("patches", "x", x.shape, [null, null, null]);
  return run(x, geometry);
}
