/** Windowed cosine and sine kernels of the short-time Fourier transform. */
import { binCount } from "./framing.ts";

export interface DftBasis {
  /** `[bins, nFft]` row by row, `cos(2 pi k n / nFft) w[n]`. */
  readonly wcos: Float32Array;
  /** `[bins, nFft]` row by row, `sin(2 pi k n / nFft) w[n]`. */
  readonly wsin: Float32Array;
}

/**
 * The kernels of nnAudio's STFT with a periodic Hann window. Bins are `k = 0 .. nFft / 2`.
 *
 * Rounded as there: the sinusoid and the window each to float32, then their product.
 */
export function dftBasis(nFft: number): DftBasis {
  if (!Number.isInteger(nFft) || nFft < 2) {
    throw new RangeError(`Cannot make a DFT basis of ${nFft} samples: wanted a whole number from 2`);
  }
  const bins = binCount(nFft);
  const window = periodicHann(nFft);
  const wcos = new Float32Array(bins * nFft);
  const wsin = new Float32Array(bins * nFft);
  for (let k = 0; k < bins; k++) {
    for (let n = 0; n < nFft; n++) {
      const angle = (2 * Math.PI * ((k * n) % nFft)) / nFft; // reduced first: exact for large k n
      wcos[k * nFft + n] = Math.fround(Math.cos(angle)) * window[n]!;
      wsin[k * nFft + n] = Math.fround(Math.sin(angle)) * window[n]!;
    }
  }
  return { wcos, wsin };
}

/** `0.5 - 0.5 cos(2 pi n / length)`: the Hann window whose period is `length`. */
export function periodicHann(length: number): Float32Array {
  return Float32Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length));
}
