/** Windows of the short-time Fourier transform. */

/**
 * Sums of cosines, by their factors from 0 on (Harris 1978; Nuttall 1981), as in scipy's `get_window` and in Kaldi.
 * `povey` is Kaldi's: Hann's to the power of 0.85.
 */
const COSINES = {
  hann: [0.5, -0.5],
  hamming: [0.54, -0.46],
  blackman: [0.42, -0.5, 0.08],
  blackmanharris: [0.35875, -0.48829, 0.14128, -0.01168],
  nuttall: [0.3635819, -0.4891775, 0.1365995, -0.0106411],
  rectangular: [1],
  povey: [0.5, -0.5],
} as const;

export type WindowName = keyof typeof COSINES;
export const WINDOWS = Object.keys(COSINES) as readonly WindowName[];

const EXPONENTS: Partial<Readonly<Record<WindowName, number>>> = { povey: 0.85 };

/** A window in the middle of a frame. */
export interface WindowSpec {
  readonly name: WindowName;
  readonly samples: number;
  /**
   * Periodic: the value behind the last would be the first (scipy's `fftbins=True`, nnAudio, librosa). Else symmetric:
   * the last is the first (Kaldi).
   */
  readonly periodic: boolean;
}

/** @returns `[frameSamples]`: zeros at both ends of a shorter window, one more behind it where they are odd. */
export function windowInFrame({ name, samples, periodic }: WindowSpec, frameSamples: number): Float32Array {
  if (!Number.isInteger(samples) || samples < 1 || samples > frameSamples) {
    throw new RangeError(
      `Cannot place a window of ${samples} samples in frames of ${frameSamples}: wanted 1 to ${frameSamples}`,
    );
  }
  const period = periodic ? samples : Math.max(1, samples - 1);
  const exponent = EXPONENTS[name] ?? 1;
  const weight = (n: number) =>
    COSINES[name].reduce((sum, factor, k) => sum + factor * Math.cos((2 * Math.PI * k * n) / period), 0);
  const out = new Float32Array(frameSamples);
  const first = Math.floor((frameSamples - samples) / 2);
  for (let n = 0; n < samples; n++) {
    const sum = Math.max(0, weight(n)); // Blackman's ends are -1e-17 of rounding, which has no power of 0.85
    out[first + n] = exponent === 1 ? sum : sum ** exponent;
  }
  return out;
}

/** `0.5 - 0.5 cos(2 pi n / length)`: the Hann window whose period is `length`. */
export function periodicHann(length: number): Float32Array {
  return windowInFrame({ name: "hann", samples: length, periodic: true }, length);
}
