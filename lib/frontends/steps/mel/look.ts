import { filterMoments } from "../../../audio/filter_moments.ts";
import { binCount } from "../../../audio/framing.ts";
import { copyOf } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** Centres and widths are moments of the weights. */
export async function look(
  { module, sampleRate, nFft, nMels }: Values,
  state: NetworkState,
): Promise<readonly View[]> {
  const weights = await copyOf(state, `${module}.mel_basis`);
  const bins = binCount(nFft);
  const hzPerBin = sampleRate / nFft;
  const moments = Array.from(
    { length: nMels },
    (_, m) => filterMoments(weights.subarray(m * bins, (m + 1) * bins), hzPerBin),
  );
  return [{
    type: "filters",
    weights,
    bands: nMels,
    hzPerBin,
    centresHz: Float32Array.from(moments, (m) => m?.centreHz ?? NaN),
    widthsHz: Float32Array.from(moments, (m) => m?.widthHz ?? NaN),
  }];
}
