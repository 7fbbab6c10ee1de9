import * as tf from "@tensorflow/tfjs";
import { analyticGaborBands, gaborLimits } from "../../../audio/gabor.ts";
import { pooledFilters } from "../../../kernels/pooled_filters/op.ts";
import { stateTensor, stateVariable } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { Layer } from "../../contract.ts";
import { floored } from "../floored.ts";
import { gaussianWindows } from "../gaussian_window.ts";
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

/** Of all filters, `[M]`: radians a sample, standard deviations in samples, in halves of the pooling window. */
export interface GaborParameters {
  readonly centres: tf.Tensor1D;
  readonly widths: tf.Tensor1D;
  readonly pooling: tf.Tensor1D;
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

function ownParameters(all: GaborParameters, { from, to }: FilterGroup): GaborParameters {
  const own = (x: tf.Tensor1D) => tf.slice(x, from, to - from);
  return { centres: own(all.centres), widths: own(all.widths), pooling: own(all.pooling) };
}

/** `exp(-t^2 / (2 width^2)) exp(i centre t) / (sqrt(2 pi) width)`, each `[filters, taps]`. */
export function gaborTaps(
  centres: tf.Tensor1D,
  widths: tf.Tensor1D,
  taps: number,
): { readonly re: tf.Tensor2D; readonly im: tf.Tensor2D } {
  const times = tf.tensor1d(Float32Array.from({ length: taps }, (_, k) => k - (taps - 1) / 2));
  const width = tf.expandDims(widths, 1);
  const size = tf.div(
    tf.exp(tf.mul(tf.square(tf.div(times, width)), -0.5)),
    tf.mul(width, Math.sqrt(2 * Math.PI)),
  );
  const turns = tf.mul(tf.div(tf.expandDims(centres, 1), 2 * Math.PI), times);
  const angle = tf.mul(tf.sub(turns, tf.round(turns)), 2 * Math.PI); // sines of large angles are inexact on WebGPU
  return { re: tf.mul(size, tf.cos(angle)), im: tf.mul(size, tf.sin(angle)) };
}
