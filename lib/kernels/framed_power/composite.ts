/**
 * {@link framedPower} from standard operations. The padded wave is read as rows of one hop each, and the kernels as
 * a convolution over rows: no frame is ever copied. A window that is not a whole number of hops is filled up with
 * zeros at its end, which changes nothing.
 */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { asMatrix, matmul } from "../standard/matmul.ts";
import type { FramedPowerSizes } from "./types.ts";

export function framedPowerComposite(
  wave: tf.Tensor2D,
  wcos: tf.Tensor3D,
  wsin: tf.Tensor3D,
  sizes: FramedPowerSizes,
  powerEpsilon: number,
): tf.Tensor3D {
  const taps = Math.ceil(sizes.nFft / sizes.hopSamples);
  const rows = sizes.frames + taps - 1;
  return differentiable(
    { wcos, wsin },
    (save) => {
      const hops = hopRows(wave, sizes, rows);
      const re = tf.conv2d(hops, kernelOverRows(wcos, taps, sizes), 1, "valid");
      const im = tf.conv2d(hops, kernelOverRows(wsin, taps, sizes), 1, "valid");
      save(hops, re, im);
      const power = tf.add(tf.square(re), tf.square(im));
      return tf.reshape(
        powerEpsilon === 0 ? power : tf.add(power, powerEpsilon),
        [sizes.batch, sizes.frames, sizes.bins],
      ) as tf.Tensor3D;
    },
    (dy, saved) => {
      const samplesByRow = tf.transpose(
        asMatrix(savedAt(saved, 0), sizes.batch * rows, sizes.hopSamples),
      ) as tf.Tensor2D;
      const twice = tf.mul(dy, 2) as tf.Tensor3D;
      const gradient = (part: tf.Tensor) =>
        kernelGradient(samplesByRow, tf.mul(twice, tf.reshape(part, twice.shape)), taps, sizes);
      return { wcos: () => gradient(savedAt(saved, 1)), wsin: () => gradient(savedAt(saved, 2)) };
    },
  );
}

/** The reflected wave as `[B, 1, rows, hop]`, cut or filled with zeros to a whole number of hops. */
function hopRows(wave: tf.Tensor2D, sizes: FramedPowerSizes, rows: number): tf.Tensor4D {
  const { batch, samples, pad, hopSamples } = sizes;
  const mirrored = (first: number) =>
    pad === 0 ? [] : [tf.reverse(tf.slice(wave, [0, first], [batch, pad]), 1)];
  const missing = rows * hopSamples - (samples + 2 * pad);
  const zeros = missing > 0 ? [tf.zeros<tf.Rank.R2>([batch, missing])] : [];
  const padded = tf.concat([...mirrored(1), wave, ...mirrored(samples - 1 - pad), ...zeros], 1);
  const whole = missing < 0 ? tf.slice(padded, [0, 0], [batch, rows * hopSamples]) : padded;
  return tf.reshape(whole, [batch, 1, rows, hopSamples]);
}

/** `[bins, 1, nFft]` as a convolution kernel `[1, taps, hop, bins]`. */
function kernelOverRows(basis: tf.Tensor3D, taps: number, sizes: FramedPowerSizes): tf.Tensor4D {
  const { bins, nFft, hopSamples } = sizes;
  const bySample = tf.transpose(tf.reshape(basis, [bins, nFft]));
  const missing = taps * hopSamples - nFft;
  return tf.reshape(tf.pad(bySample, [[0, missing], [0, 0]]), [1, taps, hopSamples, bins]);
}

/**
 * @param samplesByRow `[hop, B rows]`. @param dPart `[B, T, bins]`, gradient of the real or imaginary part.
 * @returns `[bins, 1, nFft]`.
 */
function kernelGradient(
  samplesByRow: tf.Tensor2D,
  dPart: tf.Tensor3D,
  taps: number,
  sizes: FramedPowerSizes,
): tf.Tensor3D {
  const { batch, bins, nFft } = sizes;
  const perTap = Array.from({ length: taps }, (_, tap) => {
    // Frame t meets row t + tap: shifted down, the gradient lines up with the rows, zeros beside.
    const shifted = tf.pad(dPart, [[0, 0], [tap, taps - 1 - tap], [0, 0]]);
    return matmul(samplesByRow, asMatrix(shifted, batch * (sizes.frames + taps - 1), bins));
  });
  const bySample = tf.slice(tf.concat(perTap, 0), [0, 0], [nFft, bins]);
  return tf.reshape(tf.transpose(bySample), [bins, 1, nFft]) as tf.Tensor3D;
}
