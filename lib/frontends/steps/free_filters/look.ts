import * as tf from "@tensorflow/tfjs";
import { copied } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import { responsesView } from "../responses.ts";
import type { Values } from "./kind.ts";
import { tapsOf } from "./layer.ts";

export async function look(
  values: Values,
  state: NetworkState,
  sampleRate: number,
): Promise<readonly View[]> {
  const { re, im } = tf.tidy(() => ({ ...tapsOf(values, state) }));
  try {
    return [responsesView(await copied(re), await copied(im), values.nMels, sampleRate)];
  } finally {
    tf.dispose([re, im]);
  }
}
