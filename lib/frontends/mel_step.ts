/** The Mel matrix with log: filters whose every weight may be trained. */
import * as tf from "@tensorflow/tfjs";
import { binCount } from "../audio/framing.ts";
import { melFilters, type MelFilterSpec } from "../audio/mel_scale.ts";
import { Rng } from "../base/random.ts";
import { melLog } from "../kernels/mel_log/op.ts";
import { stateTensor, stateVariable } from "../nn/state.ts";
import type { TensorSpec } from "../nn/types.ts";
import type { NnAudioSpec } from "./spec.ts";
import type { Step } from "./step.ts";

/**
 * Power or magnitude `[B, T, bins]` to log-mel `[B, M, T]`. Trained weights are kept within [0, 1]; Slaney's are of area
 * 1 over frequency and so at most 0.0134 (40 bands, 8 kHz), a row's sum about 0.03: in practice only 0 is ever met.
 */
export function melStep(spec: NnAudioSpec): Step {
  const basis: TensorSpec = {
    name: "mel_layer.mel_basis",
    shape: [spec.nMels, binCount(spec.nFft)],
    role: "parameter",
    group: "mel",
    trainable: spec.trainable.mel,
    init: () => initialMelBasis(spec),
  };
  return {
    specs: [basis],
    apply: (state, x) => melLog(x as tf.Tensor3D, stateTensor(state, basis.name)),
    project: (state) => {
      if (!spec.trainable.mel) return;
      const variable = stateVariable(state, basis.name);
      tf.tidy(() => variable.assign(tf.clipByValue(variable, 0, 1)));
    },
  };
}

/**
 * Slaney's filters, or the positive part of noise that is uniform within `sqrt(6 / bins)`: kaiming_uniform's bound
 * (He et al. 2015). The same seed gives the same matrix in every setting.
 *
 * @returns `[nMels, bins]` row by row.
 */
export function initialMelBasis(spec: MelFilterSpec & Pick<NnAudioSpec, "randomMel">): Float32Array {
  if (spec.randomMel === null) return melFilters(spec);
  const bins = binCount(spec.nFft);
  const bound = Math.sqrt(6 / bins);
  const rng = Rng.fromSeed(spec.randomMel.seed).fork("mel_basis");
  return Float32Array.from({ length: spec.nMels * bins }, () => Math.max(0, rng.uniform(-bound, bound)));
}
