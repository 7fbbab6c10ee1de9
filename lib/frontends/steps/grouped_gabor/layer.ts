import * as tf from "@tensorflow/tfjs";
import { analyticGaborBands, gaborLimits } from "../../../audio/gabor.ts";
import { gaborTaps, gaussianWindows } from "../../../kernels/gabor_energies/taps.ts";
import type { GaborParameters } from "../../../kernels/gabor_energies/types.ts";
import { pooledFilters } from "../../../kernels/pooled_filters/op.ts";
import { stateTensor, stateVariable } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { Layer } from "../../contract.ts";
import { floored } from "../floored.ts";
import { type FilterGroup, groupsOf } from "./groups.ts";
import type { Values } from "./kind.ts";

/** Wave `[B, samples]` to energies `[B, M, T]`, frames at multiples of a hop. */
export function layer(values: Values): Layer {
  const { hopSamples, floor } = values;
  const groups = groupsOf(analyticGaborBands(values), values);
  return {
    apply(state, x, { frames }) {
      const parameters = limitedBands(values, state);
      const energies = groups.map((group) => {
        const own = ownParameters(parameters, group);
        const hop = hopSamples / group.stride;
        const form = {
          rectifier: "energy",
          stride: group.stride,
          hop,
          left: group.width >> 1,
          reach: hop,
          frames: Math.ceil(x.shape[1]! / hopSamples),
        } as const;
        const window = gaussianWindows(tf.mul(own.pooling, group.ofWhole), group.width);
        return pooledFilters(
          x as tf.Tensor2D,
          gaborTaps(own.centres, own.widths, group.taps),
          { window },
          form,
          frames,
        );
      });
      return floored(tf.concat(energies, 1), floor);
    },
    project(state) {
      tf.tidy(() => {
        const { centres, widths, pooling } = limitedBands(values, state);
        stateVariable(state, `${values.module}.center_freqs`).assign(centres);
        stateVariable(state, `${values.module}.bandwidths`).assign(widths);
        stateVariable(state, `${values.module}.pooling_widths`).assign(pooling);
      });
    },
  };
}

/** Within the original's limits: a filter may be half as wide in time as one of LEAF. */
export function limitedBands({ module, poolSamples }: Values, state: NetworkState): GaborParameters {
  const { centres, widths: [least, most], pooling } = gaborLimits(poolSamples);
  const own = (last: string, from: number, to: number) =>
    tf.clipByValue(stateTensor<tf.Tensor1D>(state, `${module}.${last}`), from, to);
  return {
    centres: own("center_freqs", ...centres),
    widths: own("bandwidths", least / 2, most),
    pooling: own("pooling_widths", ...pooling),
  };
}

/** Those of one group. */
export function ownParameters(all: GaborParameters, { from, to }: FilterGroup): GaborParameters {
  const own = (x: tf.Tensor1D) => tf.slice(x, from, to - from);
  return { centres: own(all.centres), widths: own(all.widths), pooling: own(all.pooling) };
}
