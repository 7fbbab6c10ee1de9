import type * as tf from "@tensorflow/tfjs";
import { framedPower } from "../../../kernels/framed_power/op.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import { fixedTransform } from "./fixed.ts";
import type { Values } from "./kind.ts";

/**
 * Wave `[B, samples]` to power `[B, T, bins]`. Kernels that are not trained are those of the windowed DFT, as a
 * checkpoint's are checked to be before it is used without training them.
 */
export function layer(values: Values): Layer {
  const { module, trained, hopSamples, powerEpsilon } = values;
  if (!trained) return fixedTransform(values);
  return {
    apply: (state, x) =>
      framedPower(
        x as tf.Tensor2D,
        stateTensor(state, `${module}.wcos`),
        stateTensor(state, `${module}.wsin`),
        { hopSamples, powerEpsilon },
      ),
    project: () => {},
  };
}
