import * as tf from "@tensorflow/tfjs";
import { linear } from "../../kernels/linear/op.ts";
import { uniformByFanIn } from "../../nn/init.ts";
import { stateTensor } from "../../nn/state.ts";
import { bilstm, classifyFrames, HIDDEN } from "../bilstm.ts";
import type { Body, Head, ModelInput } from "../contract.ts";
import { modelParameter } from "../parameter.ts";

export function body(_config: unknown, input: ModelInput, head: Head, classes: number): Body {
  return head === "clip" ? clipBody(input, classes) : frameBody(input, classes);
}

/** Values are taken band by band: index `m T + t`. */
function clipBody({ bands, frames }: ModelInput, classes: number): Body {
  if (frames === null) {
    throw new RangeError("Cannot build linear for clips of any length: wanted one length for all");
  }
  const inputs = bands * frames;
  const { weight, bias } = layer(inputs, classes);
  return {
    specs: [weight, bias],
    forward(state, x) {
      const flat = tf.reshape(x, [x.shape[0], inputs]) as tf.Tensor2D;
      return linear(flat, stateTensor(state, weight.name), stateTensor(state, bias.name));
    },
  };
}

function frameBody({ bands }: ModelInput, classes: number): Body {
  const memory = bilstm(bands);
  const { weight, bias } = layer(2 * HIDDEN, classes);
  return {
    specs: [...memory.specs, weight, bias],
    forward(state, x, mode) {
      const heard = memory.forward(state, tf.transpose(x, [0, 2, 1]), mode);
      return classifyFrames(heard, stateTensor(state, weight.name), stateTensor(state, bias.name));
    },
  };
}

function layer(inputs: number, classes: number) {
  return {
    weight: modelParameter(
      "linearlayer.weight",
      [classes, inputs],
      uniformByFanIn(inputs, classes * inputs),
    ),
    bias: modelParameter("linearlayer.bias", [classes], uniformByFanIn(inputs, classes)),
  };
}
