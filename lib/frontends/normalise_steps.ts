/** What is done to compressed bands before a model sees them. */
import * as tf from "@tensorflow/tfjs";
import { batchNorm } from "../kernels/batch_norm/op.ts";
import { frameMask } from "../kernels/operation/valid_frames.ts";
import { constant } from "../nn/init.ts";
import { stateVariable } from "../nn/state.ts";
import type { TensorSpec } from "../nn/types.ts";
import type { FrontendSpec } from "./spec.ts";
import type { Step } from "./step.ts";

/** Bands `[B, M, T]` to bands. */
export function normaliseSteps({ normalise, nMels }: FrontendSpec): readonly Step[] {
  switch (normalise) {
    case "none":
      return [];
    case "batch":
      return [batchStep(nMels)];
    case "clip_mean":
      return [CLIP_MEAN];
    default:
      throw normalise satisfies never;
  }
}

const CLIP_MEAN: Step = {
  specs: [],
  apply: (_state, x, { frames }) => tf.sub(x, meanOverFrames(x as tf.Tensor3D, frames)),
  project: () => {},
};

/** `[B, M, T]` to `[B, M, 1]`: of the frames that count. */
function meanOverFrames(x: tf.Tensor3D, frames: Int32Array | undefined): tf.Tensor {
  if (frames === undefined) return tf.mean(x, 2, true);
  const [batch, , length] = x.shape;
  const sums = tf.sum(tf.mul(x, tf.reshape(frameMask(frames, length), [batch, 1, length])), 2, true);
  return tf.div(sums, tf.tensor(frames, [batch, 1, 1], "float32"));
}

/** Each band gets mean 0 and variance 1 over clips and frames. */
function batchStep(nMels: number): Step {
  const buffer = (name: string, value: number): TensorSpec => ({
    name: `mel_layer.norm.${name}`,
    shape: [nMels],
    role: "buffer",
    group: "mel",
    trainable: false,
    init: constant(value, nMels),
  });
  const [mean, variance] = [buffer("running_mean", 0), buffer("running_var", 1)];
  const groups = Array.from({ length: nMels }, () => 1);
  return {
    specs: [mean, variance],
    apply: (state, x, { training, frames }) => {
      const running = {
        runningMean: stateVariable(state, mean.name),
        runningVar: stateVariable(state, variance.name),
      };
      const image = tf.expandDims(x, 3) as tf.Tensor4D; // bands as groups of one row
      return tf.reshape(
        batchNorm(image, running, { training, groups, ...(frames && { validFrames: frames }) }),
        x.shape,
      );
    },
    project: () => {},
  };
}
