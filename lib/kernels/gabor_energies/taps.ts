/** Gabor filters and Gaussian windows as tensors, from parameters that may be trained. */
import * as tf from "@tensorflow/tfjs";

/**
 * `exp(-t^2 / (2 width^2)) exp(i centre t) / (sqrt(2 pi) width)`.
 *
 * @param centres `[filters]`, in radians a sample. @param widths `[filters]`, standard deviations in samples.
 * @param taps Of a filter, whose middle is t = 0; odd.
 * @returns Real and imaginary parts, each `[filters, taps]`.
 */
export function gaborTaps(
  centres: tf.Tensor1D,
  widths: tf.Tensor1D,
  taps: number,
): { readonly re: tf.Tensor2D; readonly im: tf.Tensor2D } {
  const times = tf.tensor1d(Float32Array.from({ length: taps }, (_, k) => k - (taps - 1) / 2));
  const width = tf.expandDims(widths, 1);
  const size = tf.div(gaussians(times, width), tf.mul(width, Math.sqrt(2 * Math.PI)));
  const turns = tf.mul(tf.div(tf.expandDims(centres, 1), 2 * Math.PI), times);
  const angle = tf.mul(tf.sub(turns, tf.round(turns)), 2 * Math.PI); // sines of large angles are inexact on WebGPU
  return { re: tf.mul(size, tf.cos(angle)), im: tf.mul(size, tf.sin(angle)) };
}

/**
 * `exp(-((t - h) / (h width))^2 / 2)`, where h is half the length: not normalised.
 *
 * @param widths `[filters]`, standard deviations in units of half the length. @param length Odd.
 * @returns `[filters, length]`.
 */
export function gaussianWindows(widths: tf.Tensor1D, length: number): tf.Tensor2D {
  const half = (length - 1) / 2;
  const places = Float32Array.from({ length }, (_, t) => (t - half) / Math.max(half, 1)); // one sample is the middle
  return gaussians(tf.tensor1d(places), tf.expandDims(widths, 1));
}

/** @param x `[length]`. @param deviations `[filters, 1]`. */
function gaussians(x: tf.Tensor1D, deviations: tf.Tensor): tf.Tensor2D {
  return tf.exp(tf.mul(tf.square(tf.div(x, deviations)), -0.5));
}
