/** Waves with what frames see beyond their ends. */
import * as tf from "@tensorflow/tfjs";
import { type Framing, layFrames } from "../../audio/framing.ts";
import { withKernels } from "../operation/with_kernels.ts";

/** @param wave `[B, samples]`. @returns `[B, samples of all frames]`, in which all frames lie within. */
export const extendedWave = withKernels(extendedWaveComposite);

export function extendedWaveComposite(wave: tf.Tensor2D, framing: Framing): tf.Tensor2D {
  const [batch, samples] = wave.shape;
  const { before, behind } = layFrames(samples, framing);
  if (before === 0 && behind === 0) return wave;
  const ends: [[number, number], [number, number]] = [[0, 0], [before, Math.max(0, behind)]];
  const { padding } = framing;
  switch (padding) {
    case "constant":
      return tf.pad(wave, ends);
    case "reflect":
      return tf.mirrorPad(wave, ends, "reflect");
    case "repeat": {
      const extended: tf.Tensor2D = tf.mirrorPad(wave, ends, "symmetric");
      return behind < 0 ? tf.slice(extended, [0, 0], [batch, before + samples + behind]) : extended;
    }
    case "within":
      return wave;
    default:
      throw padding satisfies never;
  }
}
