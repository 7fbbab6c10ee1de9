/** Pooling windows of a width that is trained, as LEAF has them. */
import * as tf from "@tensorflow/tfjs";
import { gaborLimits, type Limits } from "../../audio/gabor.ts";
import { gaussianWindows } from "../../kernels/gabor_energies/taps.ts";
import { copyOf, stateTensor, stateVariable } from "../../nn/state.ts";
import type { NetworkState } from "../../nn/types.ts";
import type { View } from "../contract.ts";

/** Windows of a state, their widths within the limits. @param samples Of a window. */
export function stateWindows(state: NetworkState, name: string, samples: number): tf.Tensor2D {
  return gaussianWindows(limited(state, name, samples), samples);
}

/** Widths of a state within the limits. */
export function limited(state: NetworkState, name: string, samples: number): tf.Tensor1D {
  return tf.clipByValue(stateTensor<tf.Tensor1D>(state, name), ...limitsOf(samples));
}

/** Brings widths back within their limits: beyond them they have no gradient. */
export function limitPooling(state: NetworkState, name: string, samples: number): void {
  tf.tidy(() => stateVariable(state, name).assign(limited(state, name, samples)));
}

/** Standard deviations in milliseconds. */
export async function poolingView(
  state: NetworkState,
  name: string,
  samples: number,
  sampleRate: number,
): Promise<View> {
  const scale = 1000 * (samples - 1) / 2 / sampleRate;
  const values = (await copyOf(state, name)).map((width) => width * scale);
  return { type: "values", name: "width of the pooling window", unit: "ms", values };
}

function limitsOf(samples: number): Limits {
  return gaborLimits(samples).pooling;
}
