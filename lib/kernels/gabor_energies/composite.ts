/** {@link gaborEnergies} by its definition: taps and windows, and filters of any taps. Nothing is left out. */
import * as tf from "@tensorflow/tfjs";
import { gaborFrameCount, gaborLimits, samplesBefore } from "../../audio/gabor.ts";
import { pooledFilters } from "../pooled_filters/op.ts";
import { countedSamples } from "./lengths.ts";
import type { GaborForm, GaborParameters } from "./types.ts";

export function gaborComposite(
  wave: tf.Tensor2D,
  parameters: GaborParameters,
  form: GaborForm,
  validFrames?: Int32Array,
): tf.Tensor3D {
  const samples = wave.shape[1];
  const { taps, hopSamples } = form;
  const half = (taps - 1) / 2;
  const limits = gaborLimits(taps);
  const column = (name: keyof GaborParameters) =>
    tf.reshape(tf.clipByValue(parameters[name], ...limits[name]), [-1, 1]) as tf.Tensor2D;
  const [centres, widths] = [column("centres"), column("widths")];
  const time = tf.tensor2d(Float32Array.from({ length: taps }, (_, i) => i - half), [1, taps]);
  const gaussian = (widths: tf.Tensor2D) =>
    tf.exp(tf.mul(tf.square(tf.div(time, widths)), -0.5)) as tf.Tensor2D;
  const envelope = tf.div(gaussian(widths), tf.mul(widths, Math.sqrt(2 * Math.PI)));
  const phase = tf.mul(time, centres);
  const frames = gaborFrameCount(samples, form);
  return pooledFilters(
    wave,
    { re: tf.mul(tf.cos(phase), envelope), im: tf.mul(tf.sin(phase), envelope) },
    { window: gaussian(tf.mul(column("pooling"), half)) },
    {
      rectifier: "energy",
      stride: 1,
      hop: hopSamples,
      left: samplesBefore(samples, form),
      reach: countedSamples(samples, form) - (frames - 1) * hopSamples,
      frames,
    },
    validFrames,
  );
}
