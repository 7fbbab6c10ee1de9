/** The filters that a front-end's parameters stand for, to be looked at. */
import * as tf from "@tensorflow/tfjs";
import { filterMoments } from "../audio/filter_moments.ts";
import { binCount } from "../audio/framing.ts";
import { stateTensor } from "../nn/state.ts";
import type { NetworkState } from "../nn/types.ts";
import { bandBank } from "./band_step.ts";
import type { FrontendSpec } from "./spec.ts";

export interface Filters {
  /** `[nMels, bins]` row by row. */
  readonly weights: Float32Array;
  /** `[nMels]`; NaN where a filter has no weight. Where there are no parameters of the name, moments of the weights. */
  readonly centresHz: Float32Array;
  readonly widthsHz: Float32Array;
}

/** @param state Has the tensors of the front-end's filters. */
export async function filtersOf(spec: FrontendSpec, state: NetworkState): Promise<Filters> {
  const { nMels, nFft, sampleRate } = spec;
  switch (spec.kind) {
    case "nnaudio": {
      const weights = await copied(stateTensor(state, "mel_layer.mel_basis"));
      const bins = binCount(nFft);
      const moments = Array.from(
        { length: nMels },
        (_, m) => filterMoments(weights.subarray(m * bins, (m + 1) * bins), sampleRate / nFft),
      );
      return {
        weights,
        centresHz: Float32Array.from(moments, (m) => m?.centreHz ?? NaN),
        widthsHz: Float32Array.from(moments, (m) => m?.widthHz ?? NaN),
      };
    }
    case "fastaudio": {
      const { bank, centres, widths } = tf.tidy(() => bandBank(spec, state));
      const hertz = async (values: tf.Tensor1D) => (await copied(values)).map((value) => value * sampleRate);
      try {
        return {
          weights: await copied(bank),
          centresHz: await hertz(centres),
          widthsHz: await hertz(widths),
        };
      } finally {
        tf.dispose([bank, centres, widths]);
      }
    }
    default:
      throw spec satisfies never;
  }
}

/** slice: some backends hand out the array they go on using */
async function copied(tensor: tf.Tensor): Promise<Float32Array> {
  return (await tensor.data<"float32">()).slice();
}
