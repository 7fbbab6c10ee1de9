/** {@link pooledFilters} from standard operations, some clips at a time: the gradient computes e again. */
import * as tf from "@tensorflow/tfjs";
import { differentiable } from "../operation/differentiable.ts";
import { sumOf } from "../standard/sum_of.ts";
import {
  PANEL,
  type PooledFiltersForm,
  type PooledFiltersOperands,
  type PooledFiltersSizes,
  trainedOf,
} from "./types.ts";

/** Outputs of filters that are there at once, in float32 numbers: 64 MiB. */
const MOST_FLOATS = 2 ** 24;
/** Less than any e, and finite, as 0 times it is 0. */
const LOW = -3e38;

/** How padded clips `[B, total]` and taps `[rows, taps]` are convolved at positions some samples apart, and back. */
export interface Convolution {
  /** @returns `[B, positions, rows]`. */
  apply(padded: tf.Tensor2D, taps: tf.Tensor2D, stride: number, positions: number): tf.Tensor3D;
  /** The gradient of the taps. @param dy `[B, positions, rows]`. */
  ofTaps(padded: tf.Tensor2D, dy: tf.Tensor3D, stride: number, taps: number): tf.Tensor2D;
}

const STANDARD: Convolution = {
  apply(padded, taps, stride) {
    const [rows, length] = taps.shape;
    const kernel = tf.reshape(tf.transpose(taps), [length, 1, rows]) as tf.Tensor3D;
    return tf.conv1d(tf.expandDims(padded, 2) as tf.Tensor3D, kernel, stride, "valid");
  },
  // A convolution too: of the waves, over clips.
  ofTaps(padded, dy, stride, taps) {
    const signal = tf.expandDims(tf.transpose(padded), 0) as tf.Tensor3D;
    const d = tf.conv1d(signal, tf.transpose(dy, [1, 0, 2]), 1, "valid", "NWC", stride);
    return tf.transpose(tf.reshape(d, [taps, dy.shape[2]]));
  },
};

export function pooledFiltersComposite(operands: PooledFiltersOperands): tf.Tensor3D {
  return pooledFiltersBy(STANDARD, operands);
}

/** The same with another convolution. */
export function pooledFiltersBy(convolution: Convolution, operands: PooledFiltersOperands): tf.Tensor3D {
  const { wave, sizes: { batch, rows, positions, samples } } = operands;
  const group = Math.max(1, Math.min(batch, Math.floor(MOST_FLOATS / (rows * positions))));
  const firsts = Array.from({ length: Math.ceil(batch / group) }, (_, i) => i * group);
  const trained = trainedOf(operands);
  const clipsAt = (first: number, whole: tf.Tensor2D, taps: tf.Tensor2D, window: tf.Tensor2D | null) => {
    const clips = Math.min(group, batch - first);
    const some = {
      form: operands.form,
      sizes: { ...operands.sizes, batch: clips },
      counts: operands.counts.subarray(first, first + clips),
    };
    return new Clips(convolution, {
      wave: tf.slice(whole, [first, 0], [clips, samples]),
      taps,
      window,
      ...some,
    });
  };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor3D>(
    trained,
    (save) => {
      save(wave, ...Object.values(trained));
      const { taps, window } = operands;
      return tf.concat(firsts.map((first) => tf.tidy(() => clipsAt(first, wave, taps, window).out())), 0);
    },
    (dOut, saved) => {
      const [whole, taps, window = null] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D?];
      const [dTaps, dWindow] = firsts.map((first) =>
        tf.tidy(() =>
          clipsAt(first, whole, taps, window).gradients(
            tf.slice(dOut, [first, 0, 0], [Math.min(group, batch - first), -1, -1]),
          )
        )
      ).reduce((sums, more) => sums.map((sum, i) => tf.add(sum, more[i]!)));
      return { taps: () => dTaps!, ...(dWindow !== undefined && { window: () => dWindow }) };
    },
  );
}

/** Frames are read from rows of one hop, of which each has some. */
class Clips {
  readonly #window: tf.Tensor2D | null;
  readonly #form: PooledFiltersForm;
  readonly #sizes: PooledFiltersSizes;
  readonly #counts: Int32Array;
  readonly #convolution: Convolution;
  readonly #ofFrame: number;
  readonly #rows: number;
  readonly #padded: tf.Tensor2D;
  /** `[B, positions, rows]`. */
  readonly #y: tf.Tensor3D;

  constructor(convolution: Convolution, { wave, taps, window, form, sizes, counts }: PooledFiltersOperands) {
    this.#window = window;
    this.#form = form;
    this.#sizes = sizes;
    this.#counts = counts;
    this.#convolution = convolution;
    this.#ofFrame = Math.ceil(sizes.width / form.hop);
    this.#rows = form.frames + this.#ofFrame - 1;
    const { batch, samples, before, total, positions } = sizes;
    const body = Math.min(samples, total - before);
    this.#padded = tf.pad(tf.slice(wave, [0, 0], [batch, body]), [[0, 0], [before, total - before - body]]);
    this.#y = convolution.apply(this.#padded, taps, form.stride, positions);
  }

  /** `[B, filters, frames]`. */
  out(): tf.Tensor3D {
    const parts = this.#parts();
    const pooled = this.#window === null
      ? tf.mul(tf.max(tf.concat(parts, 2), 2), this.#present())
      : sumOf(parts.map((part, r) => tf.sum(tf.mul(part, this.#weights(r)), 2)));
    return tf.transpose(pooled as tf.Tensor3D, [0, 2, 1]);
  }

  /** Of taps, and of the window if there is one. */
  gradients(dOut: tf.Tensor): tf.Tensor[] {
    const parts = this.#parts();
    const d = tf.transpose(dOut, [0, 2, 1]) as tf.Tensor3D;
    const dParts = this.#window === null
      ? this.#ofLargest(parts, tf.mul(d, this.#present()))
      : parts.map((_, r) => tf.mul(tf.expandDims(d, 2), this.#weights(r)));
    const dy = this.#ofOutput(this.#gathered(dParts)) as tf.Tensor3D;
    const dTaps = this.#convolution.ofTaps(this.#padded, dy, this.#form.stride, this.#sizes.taps);
    return this.#window === null ? [dTaps] : [dTaps, this.#ofWindow(parts, d)];
  }

  /** The r-th hop of every frame, `[B, frames, hop, filters]`. */
  #parts(): tf.Tensor4D[] {
    const { hop, left, frames } = this.#form;
    const { batch, filters, positions, width } = this.#sizes;
    const outside = this.#window === null ? LOW : 0;
    const counted = this.#counted();
    const kept = tf.add(tf.mul(this.#e(), counted), tf.mul(tf.sub(1, counted), outside));
    const length = this.#rows * hop;
    const body = Math.min(positions, length - left);
    const placed = tf.pad(
      tf.slice(kept, [0, 0, 0], [batch, body, filters]),
      [[0, 0], [left, length - left - body], [0, 0]],
      outside,
    );
    const hops = tf.reshape(placed, [batch, this.#rows, hop, filters]);
    return Array.from({ length: this.#ofFrame }, (_, r) => {
      const present = Math.min(hop, width - r * hop); // a window need not be of whole hops
      return tf.slice(hops, [0, r, 0, 0], [batch, frames, present, filters]) as tf.Tensor4D;
    });
  }

  #e(): tf.Tensor {
    const { batch, filters, positions } = this.#sizes;
    const { rectifier } = this.#form;
    if (rectifier !== "energy") {
      return tf.add(tf.mul(this.#y, rectifier.slope), tf.mul(tf.relu(this.#y), 1 - rectifier.slope));
    }
    return tf.reshape(tf.sum(tf.square(this.#panels()), 3), [batch, positions, filters]);
  }

  #panels(): tf.Tensor {
    const { batch, rows, positions } = this.#sizes;
    return tf.reshape(this.#y, [batch, positions, rows / PANEL, 2, PANEL / 2]);
  }

  /** `[B, positions, 1]`: 1 where a position counts. */
  #counted(): tf.Tensor {
    const { batch, positions } = this.#sizes;
    const mask = new Float32Array(batch * positions);
    this.#counts.forEach((count, clip) => mask.fill(1, clip * positions, clip * positions + count));
    return tf.tensor3d(mask, [batch, positions, 1]);
  }

  /** `[B, frames, 1]`: 1 where any position of a frame counts. */
  #present(): tf.Tensor {
    const { hop, left, frames } = this.#form;
    const { batch } = this.#sizes;
    const present = (i: number) => Number(i % frames * hop - left < this.#counts[Math.floor(i / frames)]!);
    return tf.tensor3d(Float32Array.from({ length: batch * frames }, (_, i) => present(i)), [
      batch,
      frames,
      1,
    ]);
  }

  /** Weights of the r-th hop, `[hop, filters]`. */
  #weights(r: number): tf.Tensor {
    const { filters, width } = this.#sizes;
    const { hop } = this.#form;
    return tf.transpose(tf.slice(this.#window!, [0, r * hop], [filters, Math.min(hop, width - r * hop)]));
  }

  #ofLargest(parts: readonly tf.Tensor4D[], d: tf.Tensor): tf.Tensor[] {
    const { width } = this.#sizes;
    const places = tf.oneHot(tf.argMax(tf.concat([...parts], 2), 2), width);
    const spread = tf.transpose(tf.mul(tf.cast(places, "float32"), tf.expandDims(d, 3)), [0, 1, 3, 2]);
    return tf.split(spread, parts.map((part) => part.shape[2]), 2);
  }

  #ofWindow(parts: readonly tf.Tensor4D[], d: tf.Tensor): tf.Tensor {
    const sums = parts.map((part) => tf.sum(tf.mul(part, tf.expandDims(d, 2)), [0, 1]));
    return tf.transpose(tf.concat(sums, 0));
  }

  /** Gradients of parts as that of e, `[B, positions, filters]`. */
  #gathered(dParts: readonly tf.Tensor[]): tf.Tensor {
    const { hop, left } = this.#form;
    const { batch, filters, positions } = this.#sizes;
    const dHops = sumOf(
      dParts.map((part, r) =>
        tf.pad(part as tf.Tensor4D, [[0, 0], [r, this.#ofFrame - 1 - r], [0, hop - part.shape[2]!], [0, 0]])
      ),
    );
    const placed = tf.reshape(dHops, [batch, this.#rows * hop, filters]);
    const body = Math.min(positions, this.#rows * hop - left);
    const cut = tf.slice(placed, [0, left, 0], [batch, body, filters]);
    return tf.mul(tf.pad(cut, [[0, 0], [0, positions - body], [0, 0]]), this.#counted());
  }

  #ofOutput(de: tf.Tensor): tf.Tensor {
    const { batch, rows, positions } = this.#sizes;
    const { rectifier } = this.#form;
    if (rectifier !== "energy") return tf.mul(de, tf.step(this.#y, rectifier.slope));
    const twice = tf.reshape(tf.mul(de, 2), [batch, positions, rows / PANEL, 1, PANEL / 2]);
    return tf.reshape(tf.mul(this.#panels(), twice), [batch, positions, rows]);
  }
}
