import * as tf from "@tensorflow/tfjs";
import { stateTensor } from "../../../nn/state.ts";
import { bilstm, classifyFrames, HIDDEN } from "../../bilstm.ts";
import { allBands } from "../../../nn/channels.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { matchboxNetBackbone } from "../backbone.ts";
import type { Config } from "../kind.ts";
import { classifierLayer } from "./layer.ts";

/** What an LSTM makes of each frame is classified. */
export function body(config: Config, { channels, bands }: ModelInput, classes: number): Body {
  const backbone = matchboxNetBackbone(config, channels * bands);
  const memory = bilstm(backbone.channels);
  const { weight, bias } = classifierLayer(2 * HIDDEN, classes);
  return {
    specs: [...backbone.specs, ...memory.specs, weight, bias],
    forward(state, x, mode) {
      const seen = tf.squeeze<tf.Tensor3D>(backbone.forward(state, allBands(x), mode), [1]);
      const heard = memory.forward(state, seen, mode);
      return classifyFrames(heard, stateTensor(state, weight.name), stateTensor(state, bias.name));
    },
  };
}
