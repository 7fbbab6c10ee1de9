/** What one pass over the frames of a wave makes, as plain values: whoever computes it needs no tensors. */
import type { Conditioning } from "../../audio/conditioning.ts";
import type { Framing } from "../../audio/framing.ts";
import type { WindowSpec } from "../../audio/windows.ts";

/** A short-time Fourier transform: how frames are taken, what is done to them, at which frequencies. */
export interface TransformForm extends Framing {
  /** Length of the transform, even: zeros follow a shorter frame. */
  readonly nFft: number;
  readonly window: WindowSpec;
  /** Null: frames are taken as they are. */
  readonly conditioning: Conditioning | null;
  /** Whether bins are those of the DFT, `0 .. nFft / 2`. */
  readonly isDft: boolean;
}

/** A fixed transform and what is done to its bins. */
export interface SpectrumForm extends TransformForm {
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
