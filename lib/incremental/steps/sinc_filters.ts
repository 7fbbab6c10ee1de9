import * as tf from "@tensorflow/tfjs";
import { stateWindows } from "../../frontends/steps/gaussian_window.ts";
import { pooledForm } from "../../frontends/steps/pooled_frames.ts";
import { kind as sincFilters, type Values } from "../../frontends/steps/sinc_filters/kind.ts";
import { sincTaps, SLOPES } from "../../frontends/steps/sinc_filters/layer.ts";
import type { StepStream } from "./contract.ts";
import { pooledStep, refusePlacedFrames, valuesOf } from "./pooled.ts";

export const kind: StepStream<Values> = {
  async stream(values, { state, clipSamples }) {
    const { module, taps, poolSamples: width, hopSamples, floor, frames, pooling, rectifier } = values;
    if (frames === "tensorflow") refusePlacedFrames();
    const re = tf.tidy(() => sincTaps(values, state));
    const window = pooling === "max"
      ? null
      : tf.tidy(() => stateWindows(state, `${module}.pooling_widths`, width));
    const { left, reach } = pooledForm(clipSamples, values);
    const group = {
      ...await valuesOf({ re, im: null, window }),
      taps,
      slope: SLOPES[rectifier],
      width,
      stride: 1,
      left,
      reach,
    };
    return pooledStep({ groups: [group], hopSamples, floor, framesOf: sincFilters.framing!(values).frames });
  },
};
