import * as tf from "@tensorflow/tfjs";
import { SINC_LEAST_HZ, sincWindow } from "../../../audio/sinc_bands.ts";
import { pooledFilters, type Pooling } from "../../../kernels/pooled_filters/op.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { Layer } from "../../contract.ts";
import { floored } from "../floored.ts";
import { limitPooling, stateWindows } from "../gaussian_window.ts";
import { pooledForm } from "../pooled_frames.ts";
import type { Values } from "./kind.ts";

/** Slope below zero of the leaky rectifier, and of the absolute value. */
export const SLOPES = { leaky: 0.2, absolute: -1 } as const;

/** Wave `[B, samples]` to `[B, M, T]`. */
export function layer(values: Values): Layer {
  const { poolSamples, floor } = values;
  const widths = `${values.module}.pooling_widths`;
  const poolingOf = (state: NetworkState): Pooling<tf.Tensor2D> =>
    values.pooling === "max"
      ? { largestOf: poolSamples }
      : { window: stateWindows(state, widths, poolSamples) };
  return {
    apply(state, x, { frames }) {
      const rectifier = { slope: SLOPES[values.rectifier] };
      const form = { ...pooledForm(x.shape[1]!, values), rectifier, stride: 1 };
      const taps = { re: sincTaps(values, state), im: null };
      return floored(pooledFilters(x as tf.Tensor2D, taps, poolingOf(state), form, frames), floor);
    },
    project(state) {
      if (values.pooling === "gaussian") limitPooling(state, widths, poolSamples);
    },
  };
}

/**
 * A band between f1 and f2, both in Hz: `(2 f2 sinc(2 f2 t) - 2 f1 sinc(2 f1 t)) / (2 (f2 - f1))` under a window, where
 * sinc(x) is `sin(pi x) / (pi x)`. Computed as `cos(pi (f1 + f2) t) sinc((f2 - f1) t)`, which takes no difference of
 * nearly equal numbers.
 *
 * @returns `[M, taps]`.
 */
export function sincTaps({ module, taps, sampleRate, window }: Values, state: NetworkState): tf.Tensor2D {
  const own = (last: string) => tf.abs(stateTensor<tf.Tensor2D>(state, `${module}.${last}`));
  const low = tf.add(own("low_hz_"), SINC_LEAST_HZ.low);
  const high = tf.clipByValue(
    tf.add(low, tf.add(own("band_hz_"), SINC_LEAST_HZ.band)),
    SINC_LEAST_HZ.low,
    sampleRate / 2,
  );
  const half = (taps - 1) / 2;
  const seconds = tf.tensor2d(Float32Array.from({ length: half }, (_, k) => (k - half) / sampleRate), [
    1,
    half,
  ]);
  const middle = tf.cos(turnsToRadians(tf.mul(tf.div(tf.add(low, high), 2), seconds)));
  const angle = tf.mul(tf.mul(tf.sub(high, low), seconds), Math.PI);
  const left = tf.mul(middle, tf.div(tf.sin(reduced(angle)), angle)) as tf.Tensor2D;
  const band = tf.concat([left, tf.onesLike(low), tf.reverse(left, 1)], 1);
  return tf.mul(band, tf.tensor1d(sincWindow(window, taps)));
}

/** Whole turns are taken off, as sines of large angles are inexact on WebGPU. */
function turnsToRadians(turns: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sub(turns, tf.round(turns)), 2 * Math.PI);
}

function reduced(radians: tf.Tensor): tf.Tensor {
  return turnsToRadians(tf.div(radians, 2 * Math.PI));
}
