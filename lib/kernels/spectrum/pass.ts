/** What one pass over the frames of a wave makes, as plain values: whoever computes it needs no tensors. */

/** A fixed short-time Fourier transform: periodic Hann window, centred frames, reflection at both ends of a clip. */
export interface SpectrumForm {
  /** Even. */
  readonly nFft: number;
  readonly hopSamples: number;
  /** Added to the power of every bin. */
  readonly powerEpsilon: number;
  /** Magnitudes in the place of power. */
  readonly root: boolean;
  /** Bins that are set to zero, from the first to behind the last; null: none. */
  readonly mask: readonly [number, number] | null;
}

export interface SpectrumPass extends SpectrumForm {
  /** A product with filters, and the log of that; null: spectra. */
  readonly bank: PassBank | null;
}

export interface PassBank {
  /** `[bands, bins]` row by row. */
  readonly weights: Float32Array;
  readonly bands: number;
  /** The result is the natural log of energies plus this; null: it is the energies. */
  readonly logOffset: number | null;
}
