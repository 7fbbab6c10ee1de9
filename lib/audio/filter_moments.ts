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

/** @param filter `[bins]`, >= 0. @param hzPerBin Distance of two bins. @returns Null for a filter without weight. */
export function filterMoments(filter: ArrayLike<number>, hzPerBin: number): FilterMoments | null {
  let [total, first, second] = [0, 0, 0];
  for (let k = 0; k < filter.length; k++) {
    total += filter[k]!;
    first += filter[k]! * k;
    second += filter[k]! * k * k;
  }
  if (!(total > 0)) return null;
  const mean = first / total;
  const variance = Math.max(0, second / total - mean * mean);
  return { centreHz: mean * hzPerBin, widthHz: Math.sqrt(6 * variance) * hzPerBin };
}
