import * as tf from "@tensorflow/tfjs";
import { pooledFilters } from "../../../kernels/pooled_filters/op.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { Layer } from "../../contract.ts";
import { floored } from "../floored.ts";
import { pooledForm } from "../pooled_frames.ts";
import type { Values } from "./kind.ts";

/** Wave `[B, samples]` to energies `[B, M, T]`; all filters share one pooling window. */
export function layer(values: Values): Layer {
  return {
    apply(state, x, { frames }) {
      const form = { ...pooledForm(x.shape[1]!, values), rectifier: "energy", stride: 1 } as const;
      const lowpass = tf.reshape(stateTensor(state, `${values.module}.lowpass.weight`), [
        1,
        values.poolSamples,
      ]);
      const window = tf.mul(tf.ones([values.nMels, 1]), lowpass) as tf.Tensor2D;
      return floored(
        pooledFilters(x as tf.Tensor2D, tapsOf(values, state), { window }, form, frames),
        values.floor,
      );
    },
    project: () => {},
  };
}

/** Rows of the convolution are real and imaginary part of each filter in turn. */
export function tapsOf(
  { module, nMels, taps }: Values,
  state: NetworkState,
): { readonly re: tf.Tensor2D; readonly im: tf.Tensor2D } {
  const pairs = tf.reshape(stateTensor(state, `${module}.complex_conv.weight`), [nMels, 2, taps]);
  const part = (i: number) =>
    tf.reshape(tf.slice(pairs, [0, i, 0], [nMels, 1, taps]), [nMels, taps]) as tf.Tensor2D;
  return { re: part(0), im: part(1) };
}
