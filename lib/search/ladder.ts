/** Rungs of successive halving: after how many epochs trainings are compared. Pure. */

/**
 * From the longest training down, each rung a share of `1 / reduction` of the next, none below `least`.
 *
 * @param epochs Of the longest training. @param reduction > 1. @param least Epochs of the shortest, >= 1.
 * @returns Ascending, the last one `epochs`.
 */
export function ladder(epochs: number, reduction: number, least: number): readonly number[] {
  const rungs = [epochs];
  for (let share = epochs / reduction; Math.round(share) >= least; share /= reduction) {
    if (Math.round(share) < rungs[0]!) rungs.unshift(Math.round(share));
    if (rungs[0] === 1) break;
  }
  return rungs;
}

/** One of so many goes on unless told otherwise: with 4 the first comparison would be too early, 2 costs more epochs. */
export const DEFAULT_REDUCTION = 3;

/** Halving is for finding the best in at most this share of the epochs of training all to their end. */
export const MOST_SHARE = 0.4;

/**
 * The latest first rung with which halving costs no more than a share of training all to their end. The later trainings are
 * compared first, the fewer are given up that learn slowly and well.
 *
 * @param share In (0, 1].
 * @returns Epochs; where no ladder costs so little, the first rung of the cheapest.
 */
export function firstRung(epochs: number, reduction: number, share: number): number {
  const firsts = ladder(epochs, reduction, 1).slice(0, -1);
  const cheap = (least: number) => costOf(ladder(epochs, reduction, least), reduction) <= share * epochs;
  return firsts.findLast(cheap) ?? firsts[0] ?? epochs;
}

/** Epochs a training on average, if exactly one of `reduction` goes on from each rung. */
export function costOf(rungs: readonly number[], reduction: number): number {
  return rungs.reduce((sum, epochs, i) => sum + (epochs - (rungs[i - 1] ?? 0)) / reduction ** i, 0);
}
