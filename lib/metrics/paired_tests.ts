/** Tests whether two systems that were tested on the same examples differ, and what many such tests are worth together. */

/**
 * McNemar's exact test: whether examples that only one of two systems tells right are as often the one's as the other's
 * (McNemar 1947; exact as a sign test, Agresti, Categorical Data Analysis, 10.1.4). It takes examples as independent:
 * where several are of one speaker {@link signFlipTest} is the one that counts.
 *
 * @param onlyFirst Examples that only the first tells right. @param onlySecond Likewise.
 * @returns Two-sided p: twice the smaller tail, at most 1.
 */
export function mcNemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const least = Math.min(onlyFirst, onlySecond);
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= least; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/**
 * Fisher's randomisation test of paired differences (Fisher 1935, The Design of Experiments, 21): if two systems are alike,
 * each speaker's difference might as well have the other sign, all of a speaker's examples together. Every assignment of
 * signs is counted, by the distribution of their sum. With one example a speaker it is {@link mcNemar}.
 *
 * @param totals Of each speaker (or example), the sum of its differences: whole numbers.
 * @returns Share of the assignments whose sum is at least as far from 0.
 * @throws {RangeError} For a total that is no whole number.
 */
export function signFlipTest(totals: ArrayLike<number>): number {
  const sizes: number[] = [];
  let observed = 0;
  for (let i = 0; i < totals.length; i++) {
    const total = totals[i]!;
    if (!Number.isInteger(total)) throw new RangeError(`signFlipTest: found ${total}, wanted whole numbers`);
    observed += total;
    if (total !== 0) sizes.push(Math.abs(total));
  }
  const reach = sizes.reduce((sum, size) => sum + size, 0);
  // Places run from -reach to reach in steps of 2: every flip changes the sum by twice a size.
  let chances = Float64Array.of(1);
  for (const size of sizes) {
    const next = new Float64Array(chances.length + size);
    for (let i = 0; i < chances.length; i++) {
      const half = chances[i]! / 2;
      next[i]! += half;
      next[i + size]! += half;
    }
    chances = next;
  }
  let p = 0;
  for (const [i, chance] of chances.entries()) {
    if (Math.abs(2 * i - reach) >= Math.abs(observed)) p += chance;
  }
  return Math.min(1, p);
}

/**
 * Holm's correction (Holm 1979, "A simple sequentially rejective multiple test procedure"): if no system differs, the
 * chance that any of the corrected values is below 5 % is at most 5 %.
 *
 * @returns In the order given, each at most 1.
 */
export function holm(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const corrected = new Array<number>(values.length);
  let largest = 0;
  order.forEach((at, rank) => {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * values[at]!));
    corrected[at] = largest;
  });
  return corrected;
}
