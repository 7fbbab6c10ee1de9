import * as tf from "@tensorflow/tfjs";
import { copied } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import type { Values } from "./kind.ts";
import { curveOf } from "./layer.ts";

/** The smoothing as the number of frames after which 1/e of a frame is left in the running mean. */
export async function look(values: Values, state: NetworkState): Promise<readonly View[]> {
  const curve = tf.tidy(() => ({ ...curveOf(values, state) }));
  const view = (name: string, unit: string, own: Float32Array): View => ({
    type: "values",
    name: `PCEN ${name}`,
    unit,
    values: own,
  });
  try {
    const shares = await copied(curve.smoothing);
    return [
      view("gain", "", await copied(curve.gain)),
      view("bias", "", await copied(curve.bias)),
      view("power", "", await copied(curve.power)),
      view("time constant", "frames", shares.map(framesOf)),
    ];
  } finally {
    tf.dispose(Object.values(curve));
  }
}

/** A mean that hardly moves counts as one that moves this little, so that the number is finite. */
const SMALLEST_SHARE = 1e-6;

function framesOf(share: number): number {
  return -1 / Math.log1p(-Math.max(share, SMALLEST_SHARE));
}
