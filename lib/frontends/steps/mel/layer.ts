import * as tf from "@tensorflow/tfjs";
import { binWidths } from "../../../audio/bins.ts";
import { bandEnergies } from "../../../kernels/band_energies/op.ts";
import { melLog } from "../../../kernels/mel_log/op.ts";
import { stateTensor, stateVariable } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/**
 * Power or magnitude `[B, T, bins]` to energies `[B, M, T]`. Trained weights are kept within [0, 1], or where a bin
 * stands for more than one of the DFT within as many; Slaney's are of area 1 over frequency and so at most 0.0134 (40 bands, 8 kHz), a row's
 * sum about 0.03: in practice only 0 is ever met.
 */
export function layer(values: Values): Layer {
  const { module, energy, bins } = values;
  const most = bins === null ? 1 : Math.max(1, ...binWidths(values));
  const name = `${module}.mel_basis`;
  const bankOf = (state: NetworkState) =>
    energy ? withEnergy(stateTensor(state, name)) : stateTensor<tf.Tensor2D>(state, name);
  const project = (state: NetworkState) => {
    const variable = stateVariable(state, name);
    tf.tidy(() => variable.assign(tf.clipByValue(variable, 0, most)));
  };
  return {
    apply: (state, x) => bandEnergies(x as tf.Tensor3D, bankOf(state)),
    project,
    simple: { does: "filter", bank: bankOf },
    fused: ({ simple }) =>
      simple?.does === "ln"
        ? { apply: (state, x) => melLog(x as tf.Tensor3D, bankOf(state), simple.offset), project }
        : undefined,
  };
}

/** One more filter, which passes on one more column. */
function withEnergy(bank: tf.Tensor2D): tf.Tensor2D {
  const passed = tf.pad(tf.ones<tf.Rank.R2>([1, 1]), [[0, 0], [bank.shape[1], 0]]);
  return tf.concat([tf.pad(bank, [[0, 0], [0, 1]]), passed], 0);
}
