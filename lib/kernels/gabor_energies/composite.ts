/** {@link gaborEnergies} by its definition: taps and windows, and filters of any taps. Nothing is left out. */
import * as tf from "@tensorflow/tfjs";
import { gaborFrameCount, gaborLimits, samplesBefore } from "../../audio/gabor.ts";
import { pooledFilters } from "../pooled_filters/op.ts";
import { countedSamples } from "./lengths.ts";
import { gaborTaps, gaussianWindows } from "./taps.ts";
import type { GaborForm, GaborParameters } from "./types.ts";

export function gaborComposite(
  wave: tf.Tensor2D,
  parameters: GaborParameters,
  form: GaborForm,
  validFrames?: Int32Array,
): tf.Tensor3D {
  const samples = wave.shape[1];
  const { taps, hopSamples } = form;
  const limits = gaborLimits(taps);
  const limited = (name: keyof GaborParameters) => tf.clipByValue(parameters[name], ...limits[name]);
  const frames = gaborFrameCount(samples, form);
  return pooledFilters(
    wave,
    gaborTaps(limited("centres"), limited("widths"), taps),
    { window: gaussianWindows(limited("pooling"), taps) },
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
