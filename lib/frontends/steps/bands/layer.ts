import * as tf from "@tensorflow/tfjs";
import { binShares, binWidths } from "../../../audio/bins.ts";
import { bandEnergies } from "../../../kernels/band_energies/op.ts";
import { stateTensor, stateVariable } from "../../../nn/state.ts";
import type { ForwardMode, NetworkState } from "../../../nn/types.ts";
import type { Layer } from "../../contract.ts";
import { filterBank, limitCentres, limitWidths, sorted } from "./filter_bank.ts";
import type { Values } from "./kind.ts";

/** Power or magnitude `[B, T, bins]` to energies `[B, M, T]`. */
export function layer(values: Values): Layer {
  const { module, limits, paramChangeFactor: factor } = values;
  return {
    apply: (state, x, mode) => {
      const { bank } = bandBank(values, state, randomFactors(values.paramRandFactor, mode));
      return bandEnergies(x as tf.Tensor3D, bank);
    },
    simple: { does: "filter", bank: (state) => bandBank(values, state).bank },
    project: (state) => {
      // The original lets parameters run past the limits, where they get no gradient and stay.
      if (limits === "original") return;
      tf.tidy(() => {
        const { centres, widths } = limitedBands(values, state);
        stateVariable(state, `${module}.f_central`).assign(tf.div(centres, factor));
        stateVariable(state, `${module}.band`).assign(tf.div(widths, factor));
      });
    },
  };
}

/** The filters of a state, `[M, bins]`, and the centres and widths `[M]` they are made of, in units of the sample rate. */
export function bandBank(
  values: Values,
  state: NetworkState,
  [ofCentres, ofWidths]: readonly [number, number] = [1, 1],
): { readonly bank: tf.Tensor2D; readonly centres: tf.Tensor1D; readonly widths: tf.Tensor1D } {
  let { centres, widths } = limitedBands(values, state);
  if (values.sort) [centres, widths] = [sorted(centres), sorted(widths)];
  const filters = filterBank(
    tf.mul(centres, ofCentres),
    tf.mul(widths, ofWidths),
    binShares(values),
    values.filter,
  );
  if (values.bins === null) return { bank: filters, centres, widths };
  const bank: tf.Tensor2D = tf.mul(filters, tf.tensor1d(Float32Array.from(binWidths(values))));
  return { bank, centres, widths };
}

function limitedBands(values: Values, state: NetworkState) {
  const { module, limits, paramChangeFactor: factor } = values;
  return {
    centres: limitCentres(tf.mul(stateTensor<tf.Tensor1D>(state, `${module}.f_central`), factor)),
    widths: limitWidths(tf.mul(stateTensor<tf.Tensor1D>(state, `${module}.band`), factor), limits, values),
  };
}

function randomFactors(range: number, { training, dropout }: ForwardMode): [number, number] {
  if (range === 0 || !training || dropout === undefined) return [1, 1];
  const rng = dropout.fork("fastaudio_filter");
  return [rng.uniform(1 - range, 1 + range), rng.uniform(1 - range, 1 + range)];
}
