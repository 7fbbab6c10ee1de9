/** LEAF's filters by their definition: nothing of their spectra is left out, whatever batches leave out. */
import * as tf from "@tensorflow/tfjs";
import { gaborLimits } from "../../audio/gabor.ts";
import { gaborTaps, gaussianWindows } from "../../kernels/gabor_energies/taps.ts";
import { kind as gabor, type Values } from "../../frontends/steps/gabor/kind.ts";
import { stateTensor } from "../../nn/state.ts";
import type { StepStream } from "./contract.ts";
import { pooledStep, refusePlacedFrames, valuesOf } from "./pooled.ts";

export const kind: StepStream<Values> = {
  async stream(values, { state }) {
    const { module, taps, hopSamples, frames, floor } = values;
    if (frames === "tensorflow") refusePlacedFrames();
    const limits = gaborLimits(taps);
    const own = (last: string, name: keyof typeof limits) =>
      tf.clipByValue(stateTensor<tf.Tensor1D>(state, `${module}.${last}`), ...limits[name]);
    const made = tf.tidy(() => ({
      ...gaborTaps(own("center_freqs", "centres"), own("bandwidths", "widths"), taps),
      window: gaussianWindows(own("pooling_widths", "pooling"), taps),
    }));
    const form = { taps, slope: 0, width: taps, stride: 1, left: (taps - 1) / 2, reach: hopSamples };
    const group = { ...await valuesOf(made), ...form };
    return pooledStep({ groups: [group], hopSamples, floor, framesOf: gabor.framing!(values).frames });
  },
};
