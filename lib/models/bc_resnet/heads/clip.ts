import * as tf from "@tensorflow/tfjs";
import { frequencyMean } from "../../../kernels/frequency_mean/op.ts";
import { linear } from "../../../kernels/linear/op.ts";
import { asMatrix } from "../../../kernels/standard/matmul.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { bcResNetBackbone } from "../backbone.ts";
import type { Config } from "../kind.ts";
import { classifierSpecs } from "../specs.ts";

/** The mean over frames is classified. */
export function body(config: Config, { bands }: ModelInput, classes: number): Body {
  const backbone = bcResNetBackbone(config, bands);
  const { weight, bias } = classifierSpecs(config.edition, classes, backbone.channels);
  return {
    specs: [...backbone.specs, weight, ...(bias === null ? [] : [bias])],
    forward: (state, x, mode) =>
      classifyMean(
        backbone.forward(state, x, mode),
        stateTensor(state, weight.name),
        bias === null ? undefined : stateTensor(state, bias.name),
      ),
  };
}

/** `[B, 1, T, channels]` to logits of the mean over time. */
function classifyMean(x: tf.Tensor4D, classifier: tf.Tensor4D, bias: tf.Tensor1D | undefined): tf.Tensor2D {
  const [batch, , frames, channels] = x.shape;
  const overTime = frequencyMean(tf.reshape(x, [batch, frames, 1, channels])); // axes swapped: T is 1 row each
  return linear(
    asMatrix(overTime, batch, channels),
    asMatrix(classifier, classifier.shape[0], channels),
    bias,
  );
}
