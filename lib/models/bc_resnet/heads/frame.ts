import * as tf from "@tensorflow/tfjs";
import { asMatrix } from "../../../kernels/standard/matmul.ts";
import { stateTensor } from "../../../nn/state.ts";
import { bilstm, classifyFrames, HIDDEN } from "../../bilstm.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { bcResNetBackbone } from "../backbone.ts";
import type { Config } from "../kind.ts";
import { classifierSpecs } from "../specs.ts";

/** What an LSTM makes of each frame is classified. */
export function body(config: Config, { bands }: ModelInput, classes: number): Body {
  const backbone = bcResNetBackbone(config, bands);
  const memory = bilstm(backbone.channels);
  const { weight, bias } = classifierSpecs(config.edition, classes, 2 * HIDDEN);
  return {
    specs: [...backbone.specs, ...memory.specs, weight, ...(bias === null ? [] : [bias])],
    forward(state, x, mode) {
      const seen = backbone.forward(state, x, mode);
      const [batch, , frames, channels] = seen.shape;
      const heard = memory.forward(state, tf.reshape(seen, [batch, frames, channels]), mode);
      return classifyFrames(
        heard,
        asMatrix(stateTensor(state, weight.name), classes, 2 * HIDDEN),
        bias === null ? undefined : stateTensor(state, bias.name),
      );
    },
  };
}
