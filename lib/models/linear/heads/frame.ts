import * as tf from "@tensorflow/tfjs";
import { stateTensor } from "../../../nn/state.ts";
import { bilstm, classifyFrames, HIDDEN } from "../../bilstm.ts";
import { allBands } from "../../../nn/channels.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { linearLayer } from "./layer.ts";

/** One layer over what an LSTM makes of each frame. */
export function body(_config: unknown, { channels, bands }: ModelInput, classes: number): Body {
  const memory = bilstm(channels * bands);
  const { weight, bias } = linearLayer(2 * HIDDEN, classes);
  return {
    specs: [...memory.specs, weight, bias],
    forward(state, x, mode) {
      const heard = memory.forward(state, tf.transpose(allBands(x), [0, 2, 1]), mode);
      return classifyFrames(heard, stateTensor(state, weight.name), stateTensor(state, bias.name));
    },
  };
}
