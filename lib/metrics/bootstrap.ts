/** Confidence intervals by resampling. */
import type { Rng } from "../base/random.ts";
import { normalCdf, studentQuantile } from "./distributions.ts";

const RESAMPLES = 2000;

/**
 * 95 % interval of sum(numerators) / sum(denominators) over units drawn with replacement, the ratio taken anew in each
 * sample: Bisani and Ney 2004, "Bootstrap estimates for confidence intervals in ASR performance evaluation". A unit is an
 * utterance, or all that one speaker said. Percentiles lie further out the fewer units there are (expanded percentiles,
 * Hesterberg 2015, "What teachers should know about the bootstrap", 3.2): of few a sample varies too little.
 *
 * @param numerators For each unit. @param denominators Likewise; not all 0.
 * @param rng The same generator gives the same interval.
 * @returns Low and high end; both the ratio itself for a single unit, [0, 1] for none.
 */
export function bootstrapRatio(
  numerators: ArrayLike<number>,
  denominators: ArrayLike<number>,
  rng: Rng,
): [number, number] {
  const count = numerators.length;
  if (count === 0) return [0, 1];
  const ratios = Float64Array.from({ length: RESAMPLES }, () => {
    let [above, below] = [0, 0];
    for (let i = 0; i < count; i++) {
      const drawn = rng.integer(count);
      above += numerators[drawn]!;
      below += denominators[drawn]!;
    }
    return below === 0 ? 0 : above / below;
  }).sort();
  const share = expandedShare(count);
  return [quantile(ratios, share), quantile(ratios, 1 - share)];
}

/** Of samples below a 95 % interval: 0.025 of many units, less of few. @param units At least 1. */
function expandedShare(units: number): number {
  if (units === 1) return 0.025;
  return normalCdf(-Math.sqrt(units / (units - 1)) * studentQuantile(0.975, units - 1));
}

/** @param sorted Ascending. Interpolated between neighbours, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
