import type * as tf from "@tensorflow/tfjs";
import { kernelPower } from "../../../kernels/framed_power/kernel_power.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import { fixedTransform } from "./fixed.ts";
import { formOf } from "./form.ts";
import type { Values } from "./kind.ts";

/**
 * Wave `[B, samples]` to power `[B, T, bins]`. Kernels that are not trained are those of the windowed DFT, as a
 * checkpoint's are checked to be before it is used without training them.
 */
export function layer(values: Values): Layer {
  const { module, trained, powerEpsilon } = values;
  if (!trained) return fixedTransform(values);
  const form = { ...formOf(values), powerEpsilon };
  return {
    apply: (state, x) =>
      kernelPower(
        x as tf.Tensor2D,
        stateTensor(state, `${module}.wcos`),
        stateTensor(state, `${module}.wsin`),
        form,
      ),
    project: () => {},
  };
}
