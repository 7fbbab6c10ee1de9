/** The transform that nothing trains, in one pass with the simple steps behind it. */
import * as tf from "@tensorflow/tfjs";
import { spectrum } from "../../../kernels/spectrum/op.ts";
import { isServed } from "../../../kernels/spectrum/tables.ts";
import { copied, stateTensor } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import { BARE, type Behind, extended } from "../behind.ts";
import { formOf } from "./form.ts";
import type { Values } from "./kind.ts";

/** Wave `[B, samples]` to power `[B, T, bins]`, or to what the steps behind make of it. */
export function fixedTransform(values: Values, behind: Behind = BARE): Layer {
  const { module, powerEpsilon } = values;
  const { root, mask, bank, logOffset } = behind;
  const form = { ...formOf(values), powerEpsilon, root, mask };
  return {
    apply(state, x) {
      const kernels = {
        wcos: stateTensor<tf.Tensor3D>(state, `${module}.wcos`),
        wsin: stateTensor<tf.Tensor3D>(state, `${module}.wsin`),
      };
      return spectrum(x as tf.Tensor2D, kernels, form, bank && { weights: bank(state), logOffset });
    },
    project: () => {},
    fused({ simple }) {
      const further = simple && extended(behind, simple);
      return further && fixedTransform(values, further);
    },
    ...(isServed(form) && {
      async pass(state) {
        if (bank === null) return { ...form, bank };
        const filters = tf.tidy(() => tf.clone(bank(state)));
        const [bands] = filters.shape;
        const weights = await copied(filters);
        filters.dispose();
        return { ...form, bank: { weights, bands, logOffset } };
      },
    }),
  };
}
