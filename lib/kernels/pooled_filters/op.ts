/** Waves through filters with trained taps, rectified and pooled to frames. */
import * as tf from "@tensorflow/tfjs";
import { paddedFrames } from "../operation/valid_frames.ts";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { pooledFiltersComposite } from "./composite.ts";
import { PANEL, type PooledFiltersForm, type Pooling, positionsOf } from "./types.ts";
import { pooledFiltersWasm } from "./wasm.ts";
import { pooledFiltersWebGpu } from "./webgpu.ts";

export type { PooledFiltersForm, Pooling, Rectifier } from "./types.ts";

const run = withKernels(pooledFiltersComposite, {
  wasm: pooledFiltersWasm,
  webgpu: pooledFiltersWebGpu,
});

/** Each `[filters, taps]`; those of real filters have no imaginary part. */
export interface FilterTaps {
  readonly re: tf.Tensor2D;
  readonly im: tf.Tensor2D | null;
}

/**
 * `y[n] = sum over k of wave[n stride - before + k] taps[k]`, where `before` is half the taps and the wave continues as
 * zeros; e[n], what y counts as; `out[t] = sum over p of window[p] e[t hop - left + p]`, or the largest e there. e is
 * zero (for the largest: absent) before the first position and behind the last that counts. Gradients exist for taps
 * and window, not for the wave.
 *
 * WebAssembly never holds e of more than four filters and one clip a thread, other backends of some clips at a time; the
 * gradient computes it again.
 *
 * @param wave `[B, samples]`. @param validFrames `[B]`, how many frames of each clip count.
 * @returns `[B, filters, frames]`.
 */
export function pooledFilters(
  wave: tf.Tensor2D,
  taps: FilterTaps,
  pooling: Pooling<tf.Tensor2D>,
  form: PooledFiltersForm,
  validFrames?: Int32Array,
): tf.Tensor3D {
  const { re, im } = taps;
  checkFloat("pooledFilters", "wave", wave);
  checkShape("pooledFilters", "wave", wave.shape, [null, null]);
  checkShape("pooledFilters", "real taps", re.shape, [null, null]);
  if ((im !== null) !== (form.rectifier === "energy")) {
    throw new RangeError("pooledFilters: wanted complex taps for energies, and real ones for all else");
  }
  if (im !== null) checkShape("pooledFilters", "imaginary taps", im.shape, re.shape);
  const [filters, length] = re.shape;
  if ("window" in pooling) checkShape("pooledFilters", "window", pooling.window.shape, [filters, null]);
  const [batch, samples] = wave.shape;
  const ofPanel = im === null ? PANEL : PANEL / 2;
  const missing = (ofPanel - filters % ofPanel) % ofPanel;
  const whole = (x: tf.Tensor2D) => missing === 0 ? x : tf.pad(x, [[0, missing], [0, 0]]);
  const positions = positionsOf(form, form.frames);
  const sizes = {
    batch,
    samples,
    taps: length,
    before: (length - 1) >> 1,
    rows: (filters + missing) * (im === null ? 1 : 2),
    filters: filters + missing,
    width: "window" in pooling ? pooling.window.shape[1] : pooling.largestOf,
    positions,
    total: (positions - 1) * form.stride + length,
  };
  const valid = paddedFrames("pooledFilters", validFrames, batch, form.frames);
  const counts = Int32Array.from(
    { length: batch },
    (_, clip) => positionsOf(form, valid?.[clip] ?? form.frames),
  );
  const rows = im === null ? whole(re) : interleaved(whole(re), whole(im));
  const window = "window" in pooling ? whole(pooling.window) : null;
  const out = run({ wave, taps: rows, window, form, sizes, counts });
  return missing === 0 ? out : tf.slice(out, [0, 0, 0], [batch, filters, form.frames]);
}

/** Panels of four real and then four imaginary parts. */
function interleaved(re: tf.Tensor2D, im: tf.Tensor2D): tf.Tensor2D {
  const [filters, taps] = re.shape;
  const fours = (x: tf.Tensor2D) => tf.reshape(x, [filters / 4, 4, taps]);
  return tf.reshape(tf.concat([fours(re), fours(im)], 1), [2 * filters, taps]);
}
