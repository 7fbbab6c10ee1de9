import * as tf from "@tensorflow/tfjs";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** `[B, T, bins]` to the same, zero from `start` to `end - 1`. */
export function layer({ start, end }: Values): Layer {
  return {
    apply: (_state, x) => {
      const open = (_: unknown, k: number) => (k >= start && k < end ? 0 : 1);
      return tf.mul(x, tf.tensor1d(Float32Array.from({ length: x.shape.at(-1)! }, open)));
    },
    project: () => {},
  };
}
