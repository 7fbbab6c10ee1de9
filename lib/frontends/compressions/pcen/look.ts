import * as tf from "@tensorflow/tfjs";
import { copied } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import type { Values } from "./kind.ts";
import { curveOf } from "./layer.ts";

/** The smoothing as the share it is: a time constant in frames has no bound where a mean hardly moves. */
export async function look(values: Values, state: NetworkState): Promise<readonly View[]> {
  const curve = tf.tidy(() => ({ ...curveOf(values, state) }));
  const view = (name: string, unit: string, own: Float32Array): View => ({
    type: "values",
    name: `PCEN ${name}`,
    unit,
    values: own,
  });
  try {
    return [
      view("gain", "", await copied(curve.gain)),
      view("bias", "", await copied(curve.bias)),
      view("power", "", await copied(curve.power)),
      view("smoothing", "share of a frame", await copied(curve.smoothing)),
    ];
  } finally {
    tf.dispose(Object.values(curve));
  }
}
