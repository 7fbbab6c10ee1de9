import * as tf from "@tensorflow/tfjs";
import { stateTensor } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** `[B, M, T]` to the same. */
export function layer({ module, eps }: Values): Layer {
  return {
    apply(state, x) {
      const own = (last: string) => tf.expandDims(stateTensor(state, `${module}.${last}`), 1);
      const centred = tf.sub(x, tf.mean(x, 1, true));
      const variance = tf.mean(tf.square(centred), 1, true);
      const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, eps)));
      return tf.add(tf.mul(normal, own("weight")), own("bias"));
    },
    project: () => {},
  };
}
