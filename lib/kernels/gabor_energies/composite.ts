/** {@link gaborEnergies} from standard operations, by its definition: convolutions, nothing left out. */
import * as tf from "@tensorflow/tfjs";
import { gaborFrameCount, gaborLimits, samplesBefore } from "../../audio/gabor.ts";
import type { GaborForm, GaborParameters } from "./types.ts";

export function gaborComposite(wave: tf.Tensor2D, parameters: GaborParameters, form: GaborForm): tf.Tensor3D {
  const [batch, samples] = wave.shape;
  const { taps, hopSamples } = form;
  const half = (taps - 1) / 2;
  const limits = gaborLimits(taps);
  const limited = (name: keyof GaborParameters) =>
    tf.reshape(tf.clipByValue(parameters[name], ...limits[name]), [1, -1]);
  const [centres, widths, pooling] = [limited("centres"), limited("widths"), limited("pooling")];
  const bands = centres.size;
  const time = tf.tensor2d(Float32Array.from({ length: taps }, (_, i) => i - half), [taps, 1]);
  const gaussian = (widths: tf.Tensor) => tf.exp(tf.mul(tf.square(tf.div(time, widths)), -0.5));

  const envelope = tf.div(gaussian(widths), tf.mul(widths, Math.sqrt(2 * Math.PI)));
  const phase = tf.mul(time, centres);
  const filters = tf.concat([tf.mul(tf.cos(phase), envelope), tf.mul(tf.sin(phase), envelope)], 1);
  const padded = tf.reshape(tf.pad(wave, [[0, 0], [half, half]]), [batch, 1, samples + 2 * half, 1]);
  const parts = tf.conv2d(padded as tf.Tensor4D, tf.reshape(filters, [1, taps, 1, 2 * bands]), 1, "valid");
  const energy = tf.sum(tf.reshape(tf.square(parts), [batch, samples, 2, bands]), 2);

  const frames = gaborFrameCount(samples, form);
  const before = samplesBefore(samples, form);
  const behind = Math.max(0, (frames - 1) * hopSamples + taps - before - samples);
  const around = tf.pad(energy, [[0, 0], [before, behind], [0, 0]]);
  const windows = gaussian(tf.mul(pooling, half));
  const pooled = tf.depthwiseConv2d(
    tf.reshape(around, [batch, 1, before + samples + behind, bands]) as tf.Tensor4D,
    tf.reshape(windows, [1, taps, bands, 1]),
    hopSamples,
    "valid",
  );
  return tf.transpose(tf.reshape(pooled, [batch, frames, bands]), [0, 2, 1]) as tf.Tensor3D;
}
