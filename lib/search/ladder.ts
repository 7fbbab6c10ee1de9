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
