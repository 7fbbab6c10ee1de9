import * as tf from "@tensorflow/tfjs";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

export function layer({ floor }: Values): Layer {
  return { apply: (_state, x) => tf.log(tf.maximum(x, floor)), project: () => {} };
}
