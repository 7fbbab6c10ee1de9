import * as tf from "@tensorflow/tfjs";
import { asMatrix } from "../../../kernels/standard/matmul.ts";
import { stateTensor } from "../../../nn/state.ts";
import { bilstm, classifyFrames, HIDDEN } from "../../bilstm.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { bcResNetBackbone } from "../backbone.ts";
import type { Config } from "../kind.ts";
import { HEAD_CHANNELS } from "../layout.ts";
import { classifierSpec } from "../specs.ts";

/** What an LSTM makes of each frame is classified. */
export function body(config: Config, { bands }: ModelInput, classes: number): Body {
  const backbone = bcResNetBackbone(config, bands);
  const memory = bilstm(HEAD_CHANNELS);
  const classifier = classifierSpec(classes, 2 * HIDDEN);
  return {
    specs: [...backbone.specs, ...memory.specs, classifier],
    forward(state, x, mode) {
      const seen = backbone.forward(state, x, mode);
      const [batch, , frames, channels] = seen.shape;
      const heard = memory.forward(state, tf.reshape(seen, [batch, frames, channels]), mode);
      return classifyFrames(heard, asMatrix(stateTensor(state, classifier.name), classes, 2 * HIDDEN));
    },
  };
}
