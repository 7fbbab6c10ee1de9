/** The paper's Simple model: one linear layer over the whole log-mel spectrogram. */
import * as tf from "@tensorflow/tfjs";
import { linear } from "../kernels/linear/op.ts";
import { uniformByFanIn } from "../nn/init.ts";
import { stateTensor } from "../nn/state.ts";
import type { Body } from "./body.ts";
import { modelParameter } from "./parameter.ts";

/** Values are taken band by band: index `m T + t`. */
export function linearModel(nMels: number, frames: number, classes: number): Body {
  const inputs = nMels * frames;
  const weight = modelParameter(
    "linearlayer.weight",
    [classes, inputs],
    uniformByFanIn(inputs, classes * inputs),
  );
  const bias = modelParameter("linearlayer.bias", [classes], uniformByFanIn(inputs, classes));
  return {
    specs: [weight, bias],
    forward(state, logmel) {
      const flat = tf.reshape(logmel, [logmel.shape[0], inputs]) as tf.Tensor2D;
      return linear(flat, stateTensor(state, weight.name), stateTensor(state, bias.name));
    },
  };
}
