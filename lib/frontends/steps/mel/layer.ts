import * as tf from "@tensorflow/tfjs";
import { bandEnergies } from "../../../kernels/band_energies/op.ts";
import { melLog } from "../../../kernels/mel_log/op.ts";
import { stateTensor, stateVariable } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/**
 * Power or magnitude `[B, T, bins]` to energies `[B, M, T]`. Trained weights are kept within [0, 1]; Slaney's are of area
 * 1 over frequency and so at most 0.0134 (40 bands, 8 kHz), a row's sum about 0.03: in practice only 0 is ever met.
 */
export function layer({ module }: Values): Layer {
  const name = `${module}.mel_basis`;
  const project = (state: NetworkState) => {
    const variable = stateVariable(state, name);
    tf.tidy(() => variable.assign(tf.clipByValue(variable, 0, 1)));
  };
  return {
    apply: (state, x) => bandEnergies(x as tf.Tensor3D, stateTensor(state, name)),
    project,
    simple: { does: "filter", bank: (state) => stateTensor(state, name) },
    fused: ({ simple }) =>
      simple?.does === "ln"
        ? { apply: (state, x) => melLog(x as tf.Tensor3D, stateTensor(state, name), simple.offset), project }
        : undefined,
  };
}
