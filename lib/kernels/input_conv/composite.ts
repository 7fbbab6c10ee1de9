/** {@link inputConv} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { addChannelBias } from "../standard/channel_bias.ts";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { zeroPadding } from "../operation/valid_frames.ts";

const STRIDE = 2;
const PAD = 2;

export function inputConvComposite(
  given: tf.Tensor3D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
): tf.Tensor4D {
  const x = withoutPadding(given, validFrames);
  const convolved = differentiable(
    { x, weight },
    (save) => {
      save(x, weight);
      const image = tf.reshape(x, [...x.shape, 1]) as tf.Tensor4D;
      const kernel = tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D; // [5, 5, 1, C]
      return tf.conv2d(image, kernel, [STRIDE, 1], [[0, 0], [PAD, PAD], [PAD, PAD], [0, 0]]);
    },
    (dy, saved) => ({
      x: () => inputGradient(dy, savedAt(saved, 1), x.shape),
      weight: () => weightGradient(savedAt(saved, 0), dy),
    }),
  );
  return zeroPadding(addChannelBias(convolved, bias), validFrames);
}

function withoutPadding(x: tf.Tensor3D, validFrames: Int32Array | undefined): tf.Tensor3D {
  return validFrames === undefined ? x : tf.squeeze(zeroPadding(tf.expandDims(x, 3), validFrames), [3]);
}

/** Convolves the gradient, with a row of zeros after each of its rows, with the kernel turned round. */
function inputGradient(dy: tf.Tensor4D, weight: tf.Tensor4D, shape: [number, number, number]): tf.Tensor3D {
  const [batch, rows, frames, channels] = dy.shape;
  const size = frames * channels;
  const spread = tf.reshape(
    tf.pad(tf.reshape(dy, [batch * rows, size]), [[0, 0], [0, (STRIDE - 1) * size]]),
    [batch, rows * STRIDE, frames, channels],
  ) as tf.Tensor4D;
  const turned = tf.transpose(tf.reverse(weight, [2, 3]), [2, 3, 0, 1]) as tf.Tensor4D; // [5, 5, C, 1]
  const below = shape[1] - rows * STRIDE + PAD;
  return tf.reshape(tf.conv2d(spread, turned, 1, [[0, 0], [PAD, below], [PAD, PAD], [0, 0]]), shape);
}

/**
 * The gradient as a kernel, moved over the input with clips in the place of channels: every shift gives one tap.
 * Standard kernels for this gradient do not exist on the wasm backend.
 */
function weightGradient(x: tf.Tensor3D, dy: tf.Tensor4D): tf.Tensor4D {
  const [, bands, frames] = x.shape;
  const [, rows, , channels] = dy.shape;
  const clipsLast = tf.reshape(tf.transpose(x, [1, 2, 0]), [1, bands, frames, x.shape[0]]) as tf.Tensor4D;
  const kernel = tf.transpose(dy, [1, 2, 0, 3]) as tf.Tensor4D; // [rows, T, B, C], rows STRIDE apart
  const below = (rows - 1) * STRIDE + 5 - PAD - bands; // leaves exactly five shifts; negative: a band is unused
  const image = below < 0
    ? tf.slice(clipsLast, [0, 0, 0, 0], [1, bands + below, frames, x.shape[0]])
    : clipsLast;
  const pads: [[number, number], [number, number], [number, number], [number, number]] = //
    [[0, 0], [PAD, Math.max(0, below)], [PAD, PAD], [0, 0]];
  const taps = tf.conv2d(image, kernel, 1, pads, "NHWC", [STRIDE, 1]);
  return tf.reshape(tf.transpose(tf.reshape(taps, [25, channels])), [channels, 1, 5, 5]);
}
