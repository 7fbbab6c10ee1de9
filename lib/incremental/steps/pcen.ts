import * as tf from "@tensorflow/tfjs";
import type { Values } from "../../frontends/compressions/pcen/kind.ts";
import { curveOf } from "../../frontends/compressions/pcen/layer.ts";
import { copied } from "../../nn/state.ts";
import type { StepStream } from "./contract.ts";

/** The running mean goes on from frame to frame; at the beginning it is the first frame's energy. */
export const kind: StepStream<Values> = {
  async stream(values, { state }) {
    const curve = tf.tidy(() => ({ ...curveOf(values, state) }));
    const [gain, bias, power, smoothing] = await Promise.all([
      copied(curve.gain),
      copied(curve.bias),
      copied(curve.power),
      copied(curve.smoothing),
    ]);
    tf.dispose(Object.values(curve));
    const { eps } = values;
    const bands = gain.length;
    const mean = new Float64Array(bands);
    let hasBegun = false;
    return {
      does: "curve",
      apply(memory, at) {
        for (let b = 0; b < bands; b++) {
          const energy = memory[at + b]!;
          const share = smoothing[b]!;
          mean[b] = hasBegun ? share * energy + (1 - share) * mean[b]! : energy; // nothing of before, were it NaN
          const levelled = energy * Math.exp(-gain[b]! * Math.log(mean[b]! + eps));
          memory[at + b] = Math.expm1(power[b]! * Math.log1p(levelled / bias[b]!)) * bias[b]! ** power[b]!;
        }
        hasBegun = true;
      },
      reset() {
        hasBegun = false;
      },
    };
  },
};
