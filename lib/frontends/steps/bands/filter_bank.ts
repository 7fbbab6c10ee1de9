/** Filters made of centres and widths, with gradients for both. */
import * as tf from "@tensorflow/tfjs";
import { type BandSpec, type WidthLimits, widthLimits } from "../../../audio/band_filters.ts";
import { differentiable, savedAt } from "../../../kernels/operation/differentiable.ts";
import type { Values } from "./kind.ts";

/**
 * Filters of height 1. Triangles end one width from the centre; gaussians have half a width as standard deviation;
 * rectangles reach one width to each side and have no gradient.
 *
 * @param centres `[M]`, in units of the sample rate. @param widths `[M]`, likewise.
 * @param bins `[bins]`, likewise: where they are. @returns `[M, bins]`.
 */
export function filterBank(
  centres: tf.Tensor1D,
  widths: tf.Tensor1D,
  bins: ArrayLike<number>,
  shape: Values["filter"],
): tf.Tensor2D {
  const frequencies = tf.tensor1d(Float32Array.from(bins));
  const column = (x: tf.Tensor1D) => tf.reshape(x, [x.shape[0], 1]);
  const distance = tf.div(tf.sub(frequencies, column(centres)), column(widths)) as tf.Tensor2D;
  switch (shape) {
    case "triangular":
      return triangle(distance);
    case "gaussian":
      return tf.exp(tf.mul(tf.square(distance), -2));
    case "rectangular":
      return tf.cast(tf.lessEqual(tf.abs(distance), 1), "float32");
    default:
      throw shape satisfies never;
  }
}

/**
 * `max(0, 1 - |x|)`, with half the slope where it reaches 0, as PyTorch divides the gradient of a maximum: the lowest
 * triangle begins exactly at the bin of 0 Hz.
 */
function triangle(x: tf.Tensor2D): tf.Tensor2D {
  return differentiable(
    { x },
    (save) => {
      save(x);
      return tf.relu(tf.sub(1, tf.abs(x)));
    },
    (dy, saved) => ({
      x: () => {
        const at = savedAt<tf.Tensor2D>(saved, 0);
        const size = tf.abs(at);
        const inside = tf.add(
          tf.cast(tf.less(size, 1), "float32"),
          tf.cast(tf.lessEqual(size, 1), "float32"),
        );
        return tf.mul(dy, tf.mul(tf.mul(inside, tf.sign(at)), -0.5));
      },
    }),
  );
}

/** Centres within the spectrum. A value outside gets no gradient. */
export function limitCentres(centres: tf.Tensor1D): tf.Tensor1D {
  return tf.clipByValue(centres, 0, 0.5);
}

/** Widths within their limits. A value outside gets no gradient. */
export function limitWidths(widths: tf.Tensor1D, limits: WidthLimits, spec: BandSpec): tf.Tensor1D {
  const [narrowest, widest] = widthLimits(limits, spec);
  return tf.clipByValue(widths, narrowest, widest);
}

/** Ascending, with a gradient: that of a value goes to where it came from. @param x `[M]`. */
export function sorted(x: tf.Tensor1D): tf.Tensor1D {
  return differentiable(
    { x },
    (save) => {
      const places = sortMatrix(x);
      save(places);
      return tf.reshape(tf.matMul(places, tf.reshape(x, [-1, 1])), x.shape);
    },
    (dy, saved) => ({
      x: () => tf.reshape(tf.matMul(tf.reshape(dy, [1, -1]), savedAt<tf.Tensor2D>(saved, 0)), x.shape),
    }),
  );
}

/** `[M, M]`: row r picks the value of rank r; of equal ones the first comes first. */
function sortMatrix(x: tf.Tensor1D): tf.Tensor2D {
  const size = x.shape[0];
  const [rows, columns] = [tf.reshape(x, [size, 1]), tf.reshape(x, [1, size])];
  const earlier = tf.cast(
    tf.less(tf.reshape(tf.range(0, size), [1, size]), tf.reshape(tf.range(0, size), [size, 1])),
    "bool",
  );
  const before = tf.logicalOr(tf.less(columns, rows), tf.logicalAnd(tf.equal(columns, rows), earlier));
  const rank = tf.sum(tf.cast(before, "float32"), 1);
  return tf.cast(tf.equal(tf.reshape(tf.range(0, size), [size, 1]), tf.reshape(rank, [1, size])), "float32");
}
