/** The steps of the nnAudio front-end: STFT power, Mel filters with log, normalisation. */
import * as tf from "@tensorflow/tfjs";
import { dftBasis } from "../audio/dft_basis.ts";
import { binCount } from "../audio/framing.ts";
import { melFilters } from "../audio/mel_scale.ts";
import { batchNorm } from "../kernels/batch_norm/op.ts";
import { framedPower } from "../kernels/framed_power/op.ts";
import { melLog } from "../kernels/mel_log/op.ts";
import { stateTensor, stateVariable } from "../nn/state.ts";
import { constant } from "../nn/init.ts";
import type { TensorSpec } from "../nn/types.ts";
import { type NnAudioSpec, powerEpsilonOf } from "./spec.ts";
import type { Step } from "./step.ts";

/** Wave `[B, samples]` to power `[B, T, bins]`, with kernels as parameters. */
export function stftStep(spec: NnAudioSpec): Step {
  const { nFft, hopSamples } = spec;
  const options = { hopSamples, powerEpsilon: powerEpsilonOf(spec) };
  const shape = [binCount(nFft), 1, nFft];
  const kernel = (name: "wcos" | "wsin"): TensorSpec => ({
    name: `mel_layer.stft.${name}`,
    shape,
    role: "parameter",
    group: "stft",
    trainable: spec.trainable.stft,
    init: () => dftBasis(nFft)[name],
  });
  const [wcos, wsin] = [kernel("wcos"), kernel("wsin")];
  return {
    input: "waveform",
    specs: [wcos, wsin],
    apply: (state, x) =>
      framedPower(x as tf.Tensor2D, stateTensor(state, wcos.name), stateTensor(state, wsin.name), options),
    project: () => {},
  };
}

/** Power `[B, T, bins]` to log-mel `[B, M, T]`. Trained weights are kept within [0, 1]. */
export function melStep(spec: NnAudioSpec): Step {
  const basis: TensorSpec = {
    name: "mel_layer.mel_basis",
    shape: [spec.nMels, binCount(spec.nFft)],
    role: "parameter",
    group: "mel",
    trainable: spec.trainable.mel,
    init: () => melFilters(spec),
  };
  return {
    input: "power",
    specs: [basis],
    apply: (state, x) => melLog(x as tf.Tensor3D, stateTensor(state, basis.name)),
    project: (state) => {
      if (!spec.trainable.mel) return;
      const variable = stateVariable(state, basis.name);
      tf.tidy(() => variable.assign(tf.clipByValue(variable, 0, 1)));
    },
  };
}

/** Log-mel to log-mel: each band gets mean 0 and variance 1 over clips and frames. */
export function normaliseStep(spec: NnAudioSpec): Step {
  const buffer = (name: string, value: number): TensorSpec => ({
    name: `mel_layer.norm.${name}`,
    shape: [spec.nMels],
    role: "buffer",
    group: "mel",
    trainable: false,
    init: constant(value, spec.nMels),
  });
  const [mean, variance] = [buffer("running_mean", 0), buffer("running_var", 1)];
  const groups = Array.from({ length: spec.nMels }, () => 1);
  return {
    input: "logmel",
    specs: [mean, variance],
    apply: (state, x, { training }) => {
      const running = {
        runningMean: stateVariable(state, mean.name),
        runningVar: stateVariable(state, variance.name),
      };
      const image = tf.expandDims(x, 3) as tf.Tensor4D; // bands as groups of one row
      return tf.reshape(batchNorm(image, running, { training, groups }), x.shape);
    },
    project: () => {},
  };
}
