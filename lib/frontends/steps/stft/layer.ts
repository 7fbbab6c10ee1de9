import type * as tf from "@tensorflow/tfjs";
import { framedPower } from "../../../kernels/framed_power/op.ts";
import { stateTensor } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** Wave `[B, samples]` to power `[B, T, bins]`. */
export function layer({ module, hopSamples, powerEpsilon }: Values): Layer {
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
