import * as tf from "@tensorflow/tfjs";
import { copied } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import type { Values } from "./kind.ts";
import { bandBank } from "./layer.ts";

export async function look(values: Values, state: NetworkState): Promise<readonly View[]> {
  const { sampleRate, nFft, nMels } = values;
  const { bank, centres, widths } = tf.tidy(() => bandBank(values, state));
  const hertz = async (shares: tf.Tensor1D) => (await copied(shares)).map((share) => share * sampleRate);
  try {
    return [{
      type: "filters",
      weights: await copied(bank),
      bands: nMels,
      hzPerBin: sampleRate / nFft,
      centresHz: await hertz(centres),
      widthsHz: await hertz(widths),
    }];
  } finally {
    tf.dispose([bank, centres, widths]);
  }
}
