import * as tf from "@tensorflow/tfjs";
import { frequencyMean } from "../../../kernels/frequency_mean/op.ts";
import { linear } from "../../../kernels/linear/op.ts";
import { asMatrix } from "../../../kernels/standard/matmul.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { bcResNetBackbone } from "../backbone.ts";
import type { Config } from "../kind.ts";
import { HEAD_CHANNELS } from "../layout.ts";
import { classifierSpec } from "../specs.ts";

/** The mean over frames is classified. */
export function body(config: Config, { bands }: ModelInput, classes: number): Body {
  const backbone = bcResNetBackbone(config, bands);
  const classifier = classifierSpec(classes, HEAD_CHANNELS);
  return {
    specs: [...backbone.specs, classifier],
    forward: (state, x, mode) =>
      classifyMean(backbone.forward(state, x, mode), stateTensor(state, classifier.name)),
  };
}

/** `[B, 1, T, HEAD_CHANNELS]` to logits of the mean over time. */
function classifyMean(x: tf.Tensor4D, classifier: tf.Tensor4D): tf.Tensor2D {
  const [batch, , frames] = x.shape;
  const overTime = frequencyMean(tf.reshape(x, [batch, frames, 1, HEAD_CHANNELS])); // axes swapped: T is 1 row each
  return linear(
    asMatrix(overTime, batch, HEAD_CHANNELS),
    asMatrix(classifier, classifier.shape[0], HEAD_CHANNELS),
  );
}
