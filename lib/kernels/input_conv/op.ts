/** BC-ResNet's first convolution; it halves the height. */
import * as tf from "@tensorflow/tfjs";
import { causally } from "../operation/causal.ts";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { inputConvComposite } from "./composite.ts";
import { inputConvWasm } from "./wasm.ts";

const run = withKernels(inputConvComposite, { wasm: inputConvWasm });

/** Frames that the kernel reaches to each side. */
const REACH = 2;

/**
 * 5x5, stride 2 over frequency and 1 over time, zero-padded by two on each side; if it is causal, over time by four before
 * alone.
 *
 * @param x `[B, M, T]`, or of several channels, which are gone through one by one, `[B, channels, M, T]`.
 * @param weight `[C, channels, 5, 5]`. @param bias `[C]`.
 * @param validFrames `[B]`: frames of each clip that count; the others are taken as zero and left zero. All by default.
 * @returns `[B, ceil(M / 2), T, C]`.
 */
export function inputConv(
  x: tf.Tensor3D | tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
  causal = false,
): tf.Tensor4D {
  if (causal) {
    const centred = (late: typeof x, frames?: Int32Array) => inputConv(late, weight, bias, frames);
    return causally(x, x.rank - 1, REACH, validFrames, centred);
  }
  if (hasChannels(x)) return ofChannels(x, weight, bias, validFrames);
  checkShape("inputConv", "x", x.shape, [null, null, null]);
  checkShape("inputConv", "weight", weight.shape, [null, 1, 5, 5]);
  checkShape("inputConv", "bias", bias.shape, [weight.shape[0]]);
  const padded = paddedFrames("inputConv", validFrames, x.shape[0], x.shape[2]);
  return run(x, weight, bias, padded);
}

function hasChannels(x: tf.Tensor3D | tf.Tensor4D): x is tf.Tensor4D {
  return x.rank === 4;
}

/** Each channel by the same kernels, added up. */
function ofChannels(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  validFrames: Int32Array | undefined,
): tf.Tensor4D {
  const [batch, channels, bands, frames] = x.shape;
  checkShape("inputConv", "weight", weight.shape, [null, channels, 5, 5]);
  const made = Array.from({ length: channels }, (_, c) =>
    inputConv(
      tf.reshape(tf.slice(x, [0, c, 0, 0], [batch, 1, bands, frames]), [batch, bands, frames]) as tf.Tensor3D,
      tf.slice(weight, [0, c, 0, 0], [weight.shape[0], 1, 5, 5]),
      c === 0 ? bias : tf.zerosLike(bias),
      validFrames,
    ));
  return tf.addN(made);
}
