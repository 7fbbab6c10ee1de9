/** What pairs of STFT kernels respond to, whatever they look like. */

/** Kernels in pairs; row k of both belongs to bin k. */
export interface KernelPairs {
  /** `[bins, nFft]` row by row. */
  readonly wcos: Float32Array;
  readonly wsin: Float32Array;
  readonly nFft: number;
}

/**
 * Mean power of bin `k` for sinusoids of amplitude 1 at the frequencies of the given bins, the mean taken over their
 * phase: `(|C(f)|^2 + |S(f)|^2) / 2`, where C and S are the Fourier transforms of the two kernels.
 */
export function kernelResponse(
  { wcos, wsin, nFft }: KernelPairs,
  k: number,
  frequencies: readonly number[],
): Float64Array {
  const angles = Array.from({ length: nFft }, (_, n) => (2 * Math.PI * n) / nFft);
  const [cosines, sines] = [Float64Array.from(angles, Math.cos), Float64Array.from(angles, Math.sin)];
  return Float64Array.from(frequencies, (f) => {
    let [cosReal, cosImaginary, sinReal, sinImaginary] = [0, 0, 0, 0];
    for (let n = 0; n < nFft; n++) {
      const [c, s] = [cosines[(f * n) % nFft]!, sines[(f * n) % nFft]!];
      const [a, b] = [wcos[k * nFft + n]!, wsin[k * nFft + n]!];
      cosReal += a * c;
      cosImaginary += a * s;
      sinReal += b * c;
      sinImaginary += b * s;
    }
    return (cosReal ** 2 + cosImaginary ** 2 + sinReal ** 2 + sinImaginary ** 2) / 2;
  });
}

/** For each bin, the norm of the difference of both kernels divided by the norm of the initial ones. */
export function kernelChange(initial: KernelPairs, learned: KernelPairs): Float64Array {
  const { nFft } = initial;
  return Float64Array.from({ length: initial.wcos.length / nFft }, (_, k) => {
    let [difference, norm] = [0, 0];
    for (const part of ["wcos", "wsin"] as const) {
      for (let i = k * nFft; i < (k + 1) * nFft; i++) {
        difference += (learned[part][i]! - initial[part][i]!) ** 2;
        norm += initial[part][i]! ** 2;
      }
    }
    return norm === 0 ? 0 : Math.sqrt(difference / norm);
  });
}
