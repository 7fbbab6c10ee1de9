import * as tf from "@tensorflow/tfjs";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

export function layer({ offset }: Values): Layer {
  return {
    apply: (_state, x) => tf.log(tf.add(x, offset)),
    project: () => {},
    simple: { does: "ln", offset },
  };
}
