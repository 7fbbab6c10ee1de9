import * as tf from "@tensorflow/tfjs";
import { copied } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import { poolingView } from "../gaussian_window.ts";
import { responsesView } from "../responses.ts";
import type { Values } from "./kind.ts";
import { sincTaps } from "./layer.ts";

export async function look(
  values: Values,
  state: NetworkState,
  sampleRate: number,
): Promise<readonly View[]> {
  const taps = tf.tidy(() => sincTaps(values, state));
  const responses = responsesView(await copied(taps), null, values.nMels, sampleRate);
  taps.dispose();
  if (values.pooling === "max") return [responses];
  const widths = `${values.module}.pooling_widths`;
  return [responses, await poolingView(state, widths, values.poolSamples, sampleRate)];
}
