import * as tf from "@tensorflow/tfjs";
import { gaborLimits, type Limits } from "../../../audio/gabor.ts";
import { gaborEnergies } from "../../../kernels/gabor_energies/op.ts";
import { stateTensor, stateVariable } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** Wave `[B, samples]` to energies `[B, M, T]`. */
export function layer(values: Values): Layer {
  const { module, taps, hopSamples, frames, cut, floor } = values;
  const limits = gaborLimits(taps);
  return {
    apply(state, x, { frames: valid }) {
      const parameters = {
        centres: stateTensor<tf.Tensor1D>(state, `${module}.center_freqs`),
        widths: stateTensor<tf.Tensor1D>(state, `${module}.bandwidths`),
        pooling: stateTensor<tf.Tensor1D>(state, `${module}.pooling_widths`),
      };
      const energies = gaborEnergies(x as tf.Tensor2D, parameters, {
        taps,
        hopSamples,
        frames,
        cut,
      }, valid);
      return tf.maximum(energies, floor);
    },
    // The original lets parameters run past the limits, where they get no gradient and stay.
    project(state) {
      const within = (last: string, [least, most]: Limits) =>
        tf.tidy(() => {
          const variable = stateVariable(state, `${module}.${last}`);
          variable.assign(tf.clipByValue(variable, least, most));
        });
      within("center_freqs", limits.centres);
      within("bandwidths", limits.widths);
      within("pooling_widths", limits.pooling);
    },
  };
}
