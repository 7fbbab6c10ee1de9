import * as tf from "@tensorflow/tfjs";
import { analyticGaborBands } from "../../audio/gabor.ts";
import { groupsOf } from "../../frontends/steps/grouped_gabor/groups.ts";
import { kind as groupedGabor, type Values } from "../../frontends/steps/grouped_gabor/kind.ts";
import { limitedBands, ownParameters } from "../../frontends/steps/grouped_gabor/layer.ts";
import { gaborTaps, gaussianWindows } from "../../kernels/gabor_energies/taps.ts";
import type { FilterGroup } from "../layers/pooled_frames.ts";
import type { StepStream } from "./contract.ts";
import { pooledStep, valuesOf } from "./pooled.ts";

export const kind: StepStream<Values> = {
  async stream(values, { state }) {
    const { hopSamples, floor } = values;
    const groups: FilterGroup[] = [];
    for (const group of groupsOf(analyticGaborBands(values), values)) {
      const { taps, width, stride, ofWhole } = group;
      const made = tf.tidy(() => {
        const own = ownParameters(limitedBands(values, state), group);
        const window = gaussianWindows(tf.mul(own.pooling, ofWhole), width);
        return { ...gaborTaps(own.centres, own.widths, taps), window };
      });
      const form = { taps, slope: 0, width, stride, left: width >> 1, reach: hopSamples / stride };
      groups.push({ ...await valuesOf(made), ...form });
    }
    return pooledStep({ groups, hopSamples, floor, framesOf: groupedGabor.framing!(values).frames });
  },
};
