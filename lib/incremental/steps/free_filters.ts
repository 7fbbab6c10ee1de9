import * as tf from "@tensorflow/tfjs";
import { kind as freeFilters, type Values } from "../../frontends/steps/free_filters/kind.ts";
import { tapsOf } from "../../frontends/steps/free_filters/layer.ts";
import { pooledForm } from "../../frontends/steps/pooled_frames.ts";
import { stateTensor } from "../../nn/state.ts";
import type { StepStream } from "./contract.ts";
import { pooledStep, refusePlacedFrames, valuesOf } from "./pooled.ts";

/** All filters share one pooling window. */
export const kind: StepStream<Values> = {
  async stream(values, { state, clipSamples }) {
    const { module, nMels, taps, poolSamples: width, hopSamples, floor, frames } = values;
    if (frames === "tensorflow") refusePlacedFrames();
    const made = tf.tidy(() => {
      const { re, im } = tapsOf(values, state);
      const lowpass = tf.reshape(stateTensor(state, `${module}.lowpass.weight`), [1, width]);
      return { re, im, window: tf.tile(lowpass, [nMels, 1]) };
    });
    const { left, reach } = pooledForm(clipSamples, values);
    const group = { ...await valuesOf(made), taps, slope: 0, width, stride: 1, left, reach };
    return pooledStep({ groups: [group], hopSamples, floor, framesOf: freeFilters.framing!(values).frames });
  },
};
