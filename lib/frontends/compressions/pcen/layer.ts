import * as tf from "@tensorflow/tfjs";
import { pcen, type PcenParameters } from "../../../kernels/pcen/op.ts";
import { stateTensor, stateVariable } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/**
 * Energies `[B, M, T]` to the same. Parameters that are trained directly are brought back into the original's limits
 * after each step: what went beyond one gets no gradient, what lies on it gets its own, so that none stays there.
 */
export function layer(values: Values): Layer {
  return {
    apply: (state, x, { frames }) => pcen(x as tf.Tensor3D, curveOf(values, state), values.eps, frames),
    project(state) {
      if (values.parameterisation === "logarithms") return; // no limits
      tf.tidy(() => {
        for (const [name, limited] of Object.entries(limitedTensors(values, state))) {
          stateVariable(state, `${values.module}.${name}`).assign(limited);
        }
      });
    },
  };
}

/** What a state's tensors stand for. */
export function curveOf(values: Values, state: NetworkState): PcenParameters {
  if (values.parameterisation === "logarithms") {
    const own = (last: string) => tf.exp(stateTensor<tf.Tensor1D>(state, `${values.module}.${last}`));
    return { gain: own("alpha"), bias: own("delta"), power: own("r"), smoothing: own("s") };
  }
  const { alpha, delta, r, s } = limitedTensors(values, state);
  return { gain: alpha, bias: delta, power: tf.reciprocal(r), smoothing: s };
}

/** The original lets the bias fall below 0, where a power of it is NaN; at 0 its gradient would be infinite. */
const SMALLEST_BIAS = 1e-12;

function limitedTensors({ module }: Values, state: NetworkState) {
  const own = (last: string) => stateTensor<tf.Tensor1D>(state, `${module}.${last}`);
  return {
    alpha: tf.minimum(own("alpha"), 1) as tf.Tensor1D,
    delta: tf.maximum(own("delta"), SMALLEST_BIAS) as tf.Tensor1D,
    r: tf.maximum(own("r"), 1) as tf.Tensor1D,
    s: tf.clipByValue(own("s"), 0, 1),
  };
}
