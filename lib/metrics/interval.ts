/** Estimates and how far they can be trusted. */

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** 97.5 % quantile of the standard normal distribution. */
export const Z = 1.959963984540054;

/**
 * 95 % score interval of a proportion (Wilson 1927): unlike the normal approximation it stays inside [0, 1] and is right
 * near the ends.
 * @param rate Share of the trials that were successes.
 */
export function rateInterval(rate: number, trials: number): Interval {
  if (trials === 0) return { value: rate, low: 0, high: 1 };
  const scale = 1 + Z * Z / trials;
  const centre = (rate + Z * Z / (2 * trials)) / scale;
  const half = (Z / scale) * Math.sqrt(rate * (1 - rate) / trials + Z * Z / (4 * trials * trials));
  return { value: rate, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
