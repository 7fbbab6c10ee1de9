import * as tf from "@tensorflow/tfjs";
import { gaborTaps } from "../../../kernels/gabor_energies/taps.ts";
import { copied } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import { poolingView } from "../gaussian_window.ts";
import { responsesView } from "../responses.ts";
import type { Values } from "./kind.ts";
import { limitedBands } from "./layer.ts";

export async function look(
  values: Values,
  state: NetworkState,
  sampleRate: number,
): Promise<readonly View[]> {
  const { nMels, module, poolSamples } = values;
  const { re, im } = tf.tidy(() => {
    const { centres, widths } = limitedBands(values, state);
    return { ...gaborTaps(centres, widths, poolSamples) };
  });
  try {
    const responses = responsesView(await copied(re), await copied(im), nMels, sampleRate);
    return [responses, await poolingView(state, `${module}.pooling_widths`, poolSamples, sampleRate)];
  } finally {
    tf.dispose([re, im]);
  }
}
