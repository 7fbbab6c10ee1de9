import * as tf from "@tensorflow/tfjs";
import { binFrequencies } from "../../../audio/bins.ts";
import { copied } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import type { Values } from "./kind.ts";
import { bandBank } from "./layer.ts";

export async function look(values: Values, state: NetworkState): Promise<readonly View[]> {
  const { sampleRate, nMels } = values;
  const { bank, centres, widths } = tf.tidy(() => bandBank(values, state));
  const hertz = async (shares: tf.Tensor1D) => (await copied(shares)).map((share) => share * sampleRate);
  try {
    return [{
      type: "filters",
      weights: await copied(bank),
      bands: nMels,
      binsHz: Float32Array.from(binFrequencies(values)),
      centresHz: await hertz(centres),
      widthsHz: await hertz(widths),
    }];
  } finally {
    tf.dispose([bank, centres, widths]);
  }
}
