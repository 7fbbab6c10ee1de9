import { filterMoments } from "../../../audio/filter_moments.ts";
import { binFrequencies } from "../../../audio/bins.ts";
import { copyOf } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** Centres and widths are moments of the weights. */
export async function look(
  { module, nMels, ...values }: Values,
  state: NetworkState,
): Promise<readonly View[]> {
  const weights = await copyOf(state, `${module}.mel_basis`);
  const hz = binFrequencies(values);
  const bins = hz.length;
  const moments = Array.from(
    { length: nMels },
    (_, m) => filterMoments(weights.subarray(m * bins, (m + 1) * bins), hz),
  );
  return [{
    type: "filters",
    weights,
    bands: nMels,
    binsHz: Float32Array.from(hz),
    centresHz: Float32Array.from(moments, (m) => m?.centreHz ?? NaN),
    widthsHz: Float32Array.from(moments, (m) => m?.widthHz ?? NaN),
  }];
}
