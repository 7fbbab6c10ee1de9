/** Depthwise convolution over `[batch, frequency, time, channel]` and its two gradients, shared by three operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { rowMeans } from "./reduce.ts";

export interface DepthwiseGeometry {
  /** Step over frequency; over time it is 1. */
  readonly strideF: number;
  /** Rows of zeros around the input, on each side. */
  readonly padF: number;
  /** Columns of zeros before the input; behind it are so many that there is an output for each column. */
  readonly padT: number;
  /** Distance of the kernel's taps over time; over frequency it is 1. */
  readonly dilationT: number;
}

/**
 * @param x `[B, F, T, C]`. @param weight `[C, 1, height, width]`, as torch.nn.Conv2d with `groups=C`.
 * @returns `[B, F', T', C]`.
 */
export function depthwise(x: tf.Tensor4D, weight: tf.Tensor4D, geometry: DepthwiseGeometry): tf.Tensor4D {
  const { strideF, padF, padT, dilationT } = geometry;
  return differentiable(
    { x, weight },
    (save) => {
      save(x, weight);
      const behind = (weight.shape[3] - 1) * dilationT - padT;
      const pads = [[0, 0], [padF, padF], [padT, behind], [0, 0]] as Pads;
      return convolve(x, kernelOf(weight), pads, [strideF, 1], dilationT);
    },
    (dy, saved) => {
      const spread = spreadRows(dy, strideF);
      return {
        x: () => inputGradient(spread, kernelOf(savedAt(saved, 1)), x.shape, geometry),
        weight: () => weightGradient(savedAt(saved, 0), spread, weight.shape, geometry),
      };
    },
  );
}

type Pads = [[number, number], [number, number], [number, number], [number, number]];

/** `[C, 1, height, width]` as `[height, width, C, 1]`. */
function kernelOf(weight: tf.Tensor4D): tf.Tensor4D {
  return tf.transpose(weight, [2, 3, 0, 1]);
}

function convolve(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  pads: Pads,
  strides: [number, number],
  dilationT: number,
): tf.Tensor4D {
  const hasPad = pads.some(([before, after]) => before + after > 0);
  return tf.depthwiseConv2d(x, kernel, strides, hasPad ? pads : "valid", "NHWC", [1, dilationT]);
}

/** Puts `stride - 1` rows of zeros after each row of frequency. */
function spreadRows(dy: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return dy;
  const [batch, rows, frames, channels] = dy.shape;
  const size = frames * channels;
  const spread = tf.pad(tf.reshape(dy, [batch * rows, size]), [[0, 0], [0, (stride - 1) * size]]);
  return tf.reshape(spread, [batch, rows * stride, frames, channels]);
}

/** The same convolution with the kernel turned round: its standard gradient is absent or wrong when dilated. */
function inputGradient(
  spread: tf.Tensor4D,
  kernel: tf.Tensor4D,
  shape: readonly number[],
  { padF, padT, dilationT }: DepthwiseGeometry,
): tf.Tensor4D {
  const before = [kernel.shape[0] - 1 - padF, (kernel.shape[1] - 1) * dilationT - padT] as const;
  const after = [shape[1]! - spread.shape[1] + padF, shape[2]! - spread.shape[2] + padT] as const;
  const pads: Pads = [[0, 0], [before[0], after[0]], [before[1], after[1]], [0, 0]];
  return convolve(spread, tf.reverse(kernel, [0, 1]), pads, [1, 1], dilationT);
}

/**
 * `dw[i, j, c] = sum over b, f, t of x[b, f + i, t + j dilation, c] dy[b, f, t, c]` on padded x: for each tap the
 * gradient is shifted by padding it with zeros (copying parts of x would be slower), multiplied and summed.
 */
function weightGradient(
  x: tf.Tensor4D,
  spread: tf.Tensor4D,
  shape: readonly number[],
  { padF, padT, dilationT }: DepthwiseGeometry,
): tf.Tensor4D {
  const [channels, , height, width] = shape as [number, number, number, number];
  const [batch, rows, frames] = spread.shape;
  const oneRow = rows === 1; // then the rows of x are the taps over frequency: one product serves all of them
  const extraT = (width - 1) * dilationT;
  const paddedRows = rows + height - 1;
  const padded = zeroPad(x, [padF, paddedRows - padF - x.shape[1]], [
    padT,
    frames + extraT - padT - x.shape[2],
  ]);
  const count = batch * (frames + extraT);
  const columns: tf.Tensor2D[] = []; // for each tap over time, [height, C]
  for (let j = 0; j < width; j++) {
    const inTime = [j * dilationT, extraT - j * dilationT] as const;
    if (oneRow) {
      columns.push(rowMeans(tf.mul(padded, zeroPad(spread, [0, 0], inTime))));
      continue;
    }
    const perTap = Array.from({ length: height }, (_, i) => {
      const product = tf.mul(padded, zeroPad(spread, [i, height - 1 - i], inTime)) as tf.Tensor4D;
      const means = rowMeans(product); // [padded rows, C]
      return tf.sum(means, 0, true);
    });
    columns.push(tf.concat(perTap, 0) as tf.Tensor2D);
  }
  const byTap = tf.mul(tf.stack(columns, 2), count); // [height, C, width]
  return tf.reshape(tf.transpose(byTap, [1, 0, 2]), [channels, 1, height, width]);
}

function zeroPad(
  x: tf.Tensor4D,
  rows: readonly [number, number],
  columns: readonly [number, number],
): tf.Tensor4D {
  if (rows[0] + rows[1] + columns[0] + columns[1] === 0) return x;
  return tf.pad(x, [[0, 0], [...rows], [...columns], [0, 0]]);
}
