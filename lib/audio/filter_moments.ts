/** Where a filter's weight lies. */

export interface FilterMoments {
  /** Mean frequency, weighted by the filter. */
  readonly centreHz: number;
  /**
   * Half the base of the symmetric triangle with the same standard deviation about its centre: for triangles, what
   * fastaudio calls a band's width.
   */
  readonly widthHz: number;
}

/**
 * @param filter `[bins]`, >= 0. @param binsHz `[bins]`, where they are.
 * @returns Null for a filter without weight.
 */
export function filterMoments(filter: ArrayLike<number>, binsHz: ArrayLike<number>): FilterMoments | null {
  let [total, first, second] = [0, 0, 0];
  for (let k = 0; k < filter.length; k++) {
    const [weight, hz] = [filter[k]!, binsHz[k]!];
    total += weight;
    first += weight * hz;
    second += weight * hz * hz;
  }
  if (!(total > 0)) return null;
  const mean = first / total;
  const variance = Math.max(0, second / total - mean * mean);
  return { centreHz: mean, widthHz: Math.sqrt(6 * variance) };
}
