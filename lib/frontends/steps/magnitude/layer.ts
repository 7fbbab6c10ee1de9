import * as tf from "@tensorflow/tfjs";
import type { Layer } from "../../contract.ts";

export function layer(): Layer {
  return { apply: (_state, x) => tf.sqrt(x), project: () => {}, simple: { does: "sqrt" } };
}
