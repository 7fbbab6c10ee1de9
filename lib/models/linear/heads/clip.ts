import * as tf from "@tensorflow/tfjs";
import { linear } from "../../../kernels/linear/op.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { linearLayer } from "./layer.ts";

/** One layer over all values of a clip, taken band by band: index `m T + t`, of channel c `(c M + m) T + t`. */
export function body(_config: unknown, { channels, bands, frames }: ModelInput, classes: number): Body {
  if (frames === null) {
    throw new RangeError("Cannot build linear for clips of any length: wanted one length for all");
  }
  const inputs = channels * bands * frames;
  const { weight, bias } = linearLayer(inputs, classes);
  return {
    specs: [weight, bias],
    forward(state, x) {
      const flat = tf.reshape(x, [x.shape[0]!, inputs]) as tf.Tensor2D;
      return linear(flat, stateTensor(state, weight.name), stateTensor(state, bias.name));
    },
  };
}
