/** What pairs of STFT kernels respond to, whatever they look like. */

/** Kernels in pairs; row k of both belongs to bin k. */
export interface KernelPairs {
  /** `[bins, samples]` row by row. */
  readonly wcos: Float32Array;
  readonly wsin: Float32Array;
  /** Of each kernel. */
  readonly samples: number;
}

/** Sinusoids of amplitude 1, `[frequencies, samples]` row by row. */
export interface Tones {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

export function tonesAt(frequenciesHz: ArrayLike<number>, samples: number, sampleRate: number): Tones {
  const angle = (i: number) =>
    2 * Math.PI * frequenciesHz[Math.floor(i / samples)]! * (i % samples) / sampleRate;
  const angles = Float64Array.from({ length: frequenciesHz.length * samples }, (_, i) => angle(i));
  return { cosines: angles.map(Math.cos), sines: angles.map(Math.sin) };
}

/**
 * Mean power of bin `k` for each of the tones, the mean taken over their phase: `(|C(f)|^2 + |S(f)|^2) / 2`, where C and S
 * are the Fourier transforms of the two kernels.
 */
export function kernelResponse(
  { wcos, wsin, samples }: KernelPairs,
  k: number,
  { cosines, sines }: Tones,
): Float64Array {
  return Float64Array.from({ length: cosines.length / samples }, (_, tone) => {
    let [cosReal, cosImaginary, sinReal, sinImaginary] = [0, 0, 0, 0];
    for (let n = 0; n < samples; n++) {
      const [c, s] = [cosines[tone * samples + n]!, sines[tone * samples + n]!];
      const [a, b] = [wcos[k * samples + n]!, wsin[k * samples + n]!];
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
  const { samples } = initial;
  return Float64Array.from({ length: initial.wcos.length / samples }, (_, k) => {
    let [difference, norm] = [0, 0];
    for (const part of ["wcos", "wsin"] as const) {
      for (let i = k * samples; i < (k + 1) * samples; i++) {
        difference += (learned[part][i]! - initial[part][i]!) ** 2;
        norm += initial[part][i]! ** 2;
      }
    }
    return norm === 0 ? 0 : Math.sqrt(difference / norm);
  });
}
