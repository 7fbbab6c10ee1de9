import * as tf from "@tensorflow/tfjs";
import { bandEnergies } from "../../../kernels/band_energies/op.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** `[B, .., M, T]` to `[B, .., C, T]`. */
export function layer({ module, nMfcc }: Values): Layer {
  return {
    apply(state, x) {
      const [bands, frames] = x.shape.slice(-2) as [number, number];
      const byFrame = tf.transpose(tf.reshape(x, [-1, bands, frames]) as tf.Tensor3D, [
        0,
        2,
        1,
      ]) as tf.Tensor3D;
      const made = bandEnergies(byFrame, stateTensor(state, `${module}.dct_basis`));
      return tf.reshape(made, [...x.shape.slice(0, -2), nMfcc, frames]);
    },
    project: () => {},
  };
}
