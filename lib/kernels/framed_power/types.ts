/** What the power spectrogram takes besides its operands. */
import type { Padding } from "../../audio/framing.ts";

export interface FramedPowerOptions {
  /** Absent: `reflect`. */
  readonly padding?: Padding;
  readonly hopSamples: number;
  /** Added to the power of every bin. */
  readonly powerEpsilon: number;
}

/** Sizes that follow from the operands. */
export interface FramedPowerSizes {
  readonly batch: number;
  readonly samples: number;
  readonly frames: number;
  readonly bins: number;
  readonly nFft: number;
  readonly hopSamples: number;
  /** Samples reflected at each end of a clip. */
  readonly pad: number;
}
