/** Mel filters and compression: natural log of filtered power. */
import type * as tf from "@tensorflow/tfjs";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { melLogComposite } from "./composite.ts";
import { melLogWasm } from "./wasm.ts";

const run = withKernels(melLogComposite, { wasm: melLogWasm });

/** Keeps digital silence finite, at -23.03. */
export const LOG_OFFSET = 1e-10;

/**
 * `log(mel_basis power + offset)`. A negative energy, possible while a filter is trained, gives NaN and an energy of
 * -offset gives -Infinity.
 *
 * @param power `[B, T, bins]`. @param melBasis `[M, bins]`. @returns `[B, M, T]`.
 */
export function melLog(power: tf.Tensor3D, melBasis: tf.Tensor2D, offset = LOG_OFFSET): tf.Tensor3D {
  checkFloat("melLog", "power", power);
  checkShape("melLog", "melBasis", melBasis.shape, [null, null]);
  checkShape("melLog", "power", power.shape, [null, null, melBasis.shape[1]]);
  return run(power, melBasis, offset);
}
