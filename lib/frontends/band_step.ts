/** Filters given by centres and widths, with decibels: fastaudio's trainable filter bank. */
import * as tf from "@tensorflow/tfjs";
import { initialBands } from "../audio/band_filters.ts";
import { bandEnergies } from "../kernels/band_energies/op.ts";
import { stateTensor, stateVariable } from "../nn/state.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../nn/types.ts";
import { decibels } from "./decibels.ts";
import { filterBank, limitCentres, limitWidths, sorted } from "./filter_bank.ts";
import type { FastAudioSpec } from "./spec.ts";
import type { Step } from "./step.ts";

/**
 * Power or magnitude `[B, T, bins]` to decibels `[B, M, T]`. Centres and widths are kept in units of the sample rate,
 * divided by `paramChangeFactor`: a step of the same size then moves them by so much more.
 */
export function bandStep(spec: FastAudioSpec): Step {
  const { limits, paramChangeFactor: factor } = spec;
  const parameter = (name: string, values: () => Float32Array): TensorSpec => ({
    name,
    shape: [spec.nMels],
    role: "parameter",
    group: "mel",
    trainable: spec.trainable.mel,
    init: () => values().map((value) => value / factor),
  });
  const centre = parameter(CENTRES, () => initialBands(spec).centres);
  const width = parameter(WIDTHS, () => initialBands(spec).widths);
  return {
    specs: [centre, width],
    apply: (state, x, mode) => {
      const { bank } = bandBank(spec, state, randomFactors(spec.paramRandFactor, mode));
      return decibels(bandEnergies(x as tf.Tensor3D, bank), spec.decibels, mode.frames);
    },
    project: (state) => {
      // The original lets parameters run past the limits, where they get no gradient and stay.
      if (!spec.trainable.mel || limits === "original") return;
      tf.tidy(() => {
        const { centres, widths } = limitedBands(spec, state);
        stateVariable(state, centre.name).assign(tf.div(centres, factor));
        stateVariable(state, width.name).assign(tf.div(widths, factor));
      });
    },
  };
}

/** The filters of a state, `[M, bins]`, and the centres and widths `[M]` they are made of, in units of the sample rate. */
export function bandBank(
  spec: FastAudioSpec,
  state: NetworkState,
  [ofCentres, ofWidths]: readonly [number, number] = [1, 1],
): { readonly bank: tf.Tensor2D; readonly centres: tf.Tensor1D; readonly widths: tf.Tensor1D } {
  let { centres, widths } = limitedBands(spec, state);
  if (spec.sort) [centres, widths] = [sorted(centres), sorted(widths)];
  const bank = filterBank(tf.mul(centres, ofCentres), tf.mul(widths, ofWidths), spec.nFft, spec.filter);
  return { bank, centres, widths };
}

const CENTRES = "fastaudio_filter.f_central";
const WIDTHS = "fastaudio_filter.band";

function limitedBands(spec: FastAudioSpec, state: NetworkState) {
  const { limits, paramChangeFactor: factor } = spec;
  return {
    centres: limitCentres(tf.mul(stateTensor<tf.Tensor1D>(state, CENTRES), factor)),
    widths: limitWidths(tf.mul(stateTensor<tf.Tensor1D>(state, WIDTHS), factor), limits, spec),
  };
}

function randomFactors(range: number, { training, dropout }: ForwardMode): [number, number] {
  if (range === 0 || !training || dropout === undefined) return [1, 1];
  const rng = dropout.fork("fastaudio_filter");
  return [rng.uniform(1 - range, 1 + range), rng.uniform(1 - range, 1 + range)];
}
