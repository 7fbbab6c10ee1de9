/** Windowed cosine and sine kernels of the short-time Fourier transform. */
import { conditionedKernel, type Conditioning } from "./conditioning.ts";
import { binCount } from "./framing.ts";
import { periodicHann } from "./windows.ts";

export interface DftBasis {
  /** `[bins, frameSamples]` row by row, `cos(2 pi k n / nFft) w[n]`. */
  readonly wcos: Float32Array;
  /** `[bins, frameSamples]` row by row, `sin(2 pi k n / nFft) w[n]`. */
  readonly wsin: Float32Array;
}

export interface BasisOptions {
  /** `[frameSamples]`, at most `nFft`; absent: the periodic Hann window of `nFft` samples. */
  readonly window?: Float32Array;
  /** In units of `sampleRate / nFft`, whole or not; absent: 0, 1, .. `nFft / 2`. */
  readonly bins?: ArrayLike<number>;
  /** What is done to each frame before the window. */
  readonly conditioning?: Conditioning | null;
}

/**
 * The kernels of nnAudio's STFT. Rounded as there: the sinusoid and the window each to float32, then their product.
 */
export function dftBasis(nFft: number, options: BasisOptions = {}): DftBasis {
  if (!Number.isInteger(nFft) || nFft < 2) {
    throw new RangeError(`Cannot make a DFT basis of ${nFft} samples: wanted a whole number from 2`);
  }
  const { window = periodicHann(nFft), conditioning = null } = options;
  const bins = options.bins ?? Array.from({ length: binCount(nFft) }, (_, k) => k);
  const samples = window.length;
  const wcos = new Float32Array(bins.length * samples);
  const wsin = new Float32Array(bins.length * samples);
  const angleOf = (turns: number) => (2 * Math.PI * turns) / nFft;
  // All that whole bins meet: a transform has nFft angles and nFft^2 / 2 products.
  const [cos, sin] = [Math.cos, Math.sin].map((wave) =>
    Float32Array.from({ length: nFft }, (_, turns) => wave(angleOf(turns)))
  ) as [Float32Array, Float32Array];
  for (let row = 0; row < bins.length; row++) {
    const k = bins[row]!;
    const isWhole = Number.isInteger(k);
    for (let n = 0; n < samples; n++) {
      const turns = (k * n) % nFft; // reduced first: exact for large k n
      wcos[row * samples + n] = (isWhole ? cos[turns]! : Math.fround(Math.cos(angleOf(turns)))) * window[n]!;
      wsin[row * samples + n] = (isWhole ? sin[turns]! : Math.fround(Math.sin(angleOf(turns)))) * window[n]!;
    }
    if (conditioning === null) continue;
    for (const kernels of [wcos, wsin]) {
      const kernel = kernels.subarray(row * samples, (row + 1) * samples);
      kernel.set(conditionedKernel(kernel, conditioning));
    }
  }
  return { wcos, wsin };
}
