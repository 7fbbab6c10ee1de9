/** Confidence intervals by resampling. */
import type { Rng } from "../base/random.ts";

const RESAMPLES = 1000;

/**
 * 95 % percentile interval of sum(numerators) / sum(denominators) over utterances drawn with replacement: Bisani and Ney
 * 2004, "Bootstrap estimates for confidence intervals in ASR performance evaluation".
 *
 * @param numerators For each utterance. @param denominators Likewise; not all 0.
 * @param rng The same generator gives the same interval.
 * @returns Low and high end; both the ratio itself for a single utterance, [0, 1] for none.
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
  return [quantile(ratios, 0.025), quantile(ratios, 0.975)];
}

/** @param sorted Ascending. Interpolated between neighbours, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
