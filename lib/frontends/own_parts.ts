/** For which parts of a front-end a checkpoint has values of its own. Pure: planning needs it and no numeric library. */
import { dftBasis } from "../audio/dft_basis.ts";
import { melFilters, type MelFilterSpec } from "../audio/mel_scale.ts";
import { sameValues } from "../nn/same_values.ts";

type Arrays = ReadonlyMap<string, { readonly data: Parameters<typeof sameValues>[0] }>;

/**
 * A part is the checkpoint's own if it carries tensors of it that differ from the values every training starts from,
 * or are of another size. Such a part must be computed from the checkpoint, one without can be cached beforehand.
 * Filters by centre and width (`f_central`, `band`) count as own wherever they are present: that is always right, and
 * costs only the caching.
 */
export function ownParts(
  spec: MelFilterSpec,
  tensors: Arrays,
): { readonly stft: boolean; readonly mel: boolean } {
  const named = (last: string) => [...tensors].filter(([name]) => name.split(".").at(-1) === last);
  const differs = (last: string, initial: () => Float32Array) =>
    named(last).some(([, { data }]) => !sameValues(data, initial()));
  return {
    stft: differs("wcos", () => dftBasis(spec.nFft).wcos) || differs("wsin", () => dftBasis(spec.nFft).wsin),
    mel: differs("mel_basis", () => melFilters(spec)) || named("f_central").length > 0 ||
      named("band").length > 0,
  };
}
