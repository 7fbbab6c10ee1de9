/** From logarithms of bands to cepstral coefficients. */

export interface CepstrumSpec {
  readonly bands: number;
  /** At most as many as there are bands. */
  readonly coefficients: number;
  /** Length of the sine that weighs coefficients; 0: none does. */
  readonly lifter: number;
  /** From which point of the sine on the first coefficient is weighed: librosa begins at 1, Kaldi at 0. */
  readonly lifterFrom: 0 | 1;
}

/**
 * The orthonormal cosine transform (DCT-II), each row times its weight `1 + lifter / 2 sin(pi n / lifter)`.
 *
 * @returns `[coefficients, bands]` row by row.
 */
export function cepstrumBasis({ bands, coefficients, lifter, lifterFrom }: CepstrumSpec): Float32Array {
  const weight = (k: number) =>
    lifter === 0 ? 1 : 1 + (lifter / 2) * Math.sin(Math.PI * (k + lifterFrom) / lifter);
  const basis = new Float32Array(coefficients * bands);
  for (let k = 0; k < coefficients; k++) {
    const height = weight(k) * Math.sqrt((k === 0 ? 1 : 2) / bands);
    for (let m = 0; m < bands; m++) {
      basis[k * bands + m] = height * Math.cos(Math.PI * k * (m + 0.5) / bands);
    }
  }
  return basis;
}
