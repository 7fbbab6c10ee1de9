import * as tf from "@tensorflow/tfjs";
import { batchNorm } from "../../../kernels/batch_norm/op.ts";
import { asMatrix } from "../../../kernels/standard/matmul.ts";
import { stateTensor } from "../../../nn/state.ts";
import { bilstm, classifyFrames, HIDDEN } from "../../bilstm.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { runningSpecs, runningState } from "../../layers.ts";
import { bcResNetBackbone, normOf } from "../backbone.ts";
import type { Config } from "../kind.ts";
import { END_NAMES } from "../names.ts";
import { classifierSpecs } from "../specs.ts";

/** What an LSTM makes of each frame is classified. */
export function body(config: Config, input: ModelInput, classes: number): Body {
  const backbone = bcResNetBackbone(config, input);
  const memory = bilstm(backbone.channels);
  const { weight, bias } = classifierSpecs(config.edition, classes, 2 * HIDDEN);
  const norm = config.lstm_norm ? END_NAMES[config.edition].lstmNorm : null;
  return {
    specs: [
      ...backbone.specs,
      ...(norm === null ? [] : runningSpecs(norm, backbone.channels)),
      ...memory.specs,
      weight,
      ...(bias === null ? [] : [bias]),
    ],
    forward(state, x, mode) {
      const made = backbone.forward(state, x, mode);
      const seen = norm === null ? made : batchNorm(made, runningState(state, norm), normOf(mode));
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
