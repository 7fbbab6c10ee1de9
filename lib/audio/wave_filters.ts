/** Long sums over waves: what whoever changes waves asks for. */

/** Memory for `length` numbers of undefined content. */
export type Lend = (length: number) => Float32Array;

/** Memory of the caller's own. */
export const newArray: Lend = (length) => new Float32Array(length);

/** Where results go is the caller's choice; absent: to new arrays. */
export interface WaveFilters {
  /**
   * The taps laid over every stretch of the values that holds them all.
   * @param values `[n]`. @param taps `[m]`. @returns `[n - m + 1]`: `y[i]` is the sum of `taps[k] values[i + k]`.
   */
  correlated(values: Float32Array, taps: Float32Array, lend?: Lend): Float32Array;
  /**
   * The values at other instants; what lies outside their ends counts as zero.
   * @param values `[n]`. @returns `[ceil(n up / down)]`.
   */
  resampled(values: Float32Array, phases: Phases, lend?: Lend): Float32Array;
  /**
   * The first `n` samples of the convolution: nothing is shifted, what rings on behind the end is left out. By the fast
   * Fourier transform; the error is below 1e-6 of the largest value.
   * @param values `[n]`. @param response `[m]`, m >= 1. @returns `[n]`.
   */
  convolved(values: Float32Array, response: Float32Array, lend?: Lend): Float32Array;
}

/** How a wave is looked up `down / up` input samples apart. */
export interface Phases {
  /** Integers without a common divisor. */
  readonly up: number;
  readonly down: number;
  /** Input samples on either side of an instant that decide an output there. */
  readonly reach: number;
  /** `[up][2 reach]`: weights for instants so many times `1 / up` behind an input sample, from `reach - 1` before it. */
  readonly taps: readonly Float32Array[];
}
