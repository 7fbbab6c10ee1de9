import * as tf from "@tensorflow/tfjs";
import { timeMedian } from "../../../kernels/time_median/op.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import { normalisedRows } from "../../steps/batch_norm/rows.ts";
import type { Values } from "./kind.ts";

/** Energies `[B, M, T]` to the same, or with the median's channel to `[B, 2, M, T]`. */
export function layer({ module, median }: Values): Layer {
  const norm = `${module}.TBN.bn`;
  return {
    apply(state, x, mode) {
      const factors = tf.exp(tf.mul(stateTensor<tf.Tensor1D>(state, `${module}.log1p.a`), Math.LN10));
      const logs = tf.log1p(tf.mul(x, tf.reshape(factors, [1, -1, 1]))) as tf.Tensor3D;
      const seen = median ? tf.stack([logs, tf.sub(logs, timeMedian(logs, mode.frames))], 1) : logs;
      const own = (last: string) => stateTensor<tf.Tensor1D>(state, `${norm}.${last}`);
      return normalisedRows(state, norm, seen, mode, { weight: own("weight"), bias: own("bias") });
    },
    project: () => {},
  };
}
