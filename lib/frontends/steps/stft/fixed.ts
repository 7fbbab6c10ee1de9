/** The transform that nothing trains, in one pass with the simple steps behind it. */
import * as tf from "@tensorflow/tfjs";
import { spectrum } from "../../../kernels/spectrum/op.ts";
import { isServed } from "../../../kernels/spectrum/tables.ts";
import { copied, stateTensor } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { Layer, SimpleStep } from "../../contract.ts";
import { formOf } from "./form.ts";
import type { Values } from "./kind.ts";

/** What comes behind the transform, in this order. */
interface Behind {
  readonly root: boolean;
  readonly mask: readonly [number, number] | null;
  readonly bank: ((state: NetworkState) => tf.Tensor2D) | null;
  readonly logOffset: number | null;
}

const NOTHING: Behind = { root: false, mask: null, bank: null, logOffset: null };

/** Wave `[B, samples]` to power `[B, T, bins]`, or to what the steps behind make of it. */
export function fixedTransform(values: Values, behind = NOTHING): Layer {
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

/** Undefined if a step does not come next. */
function extended(behind: Behind, step: SimpleStep): Behind | undefined {
  const { root, mask, bank, logOffset } = behind;
  switch (step.does) {
    case "sqrt":
      return root || mask !== null || bank !== null ? undefined : { ...behind, root: true };
    case "zero":
      return mask !== null || bank !== null ? undefined : { ...behind, mask: step.bins };
    case "filter":
      return bank !== null ? undefined : { ...behind, bank: step.bank };
    case "ln":
      return bank === null || logOffset !== null ? undefined : { ...behind, logOffset: step.offset };
    default:
      throw step satisfies never;
  }
}
