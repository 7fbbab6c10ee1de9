/** How a clip is cut into frames: centred windows over the reflected clip, as `center=True` in nnAudio and librosa. */

export interface Framing {
  /** Length of a window and of the DFT, in samples. */
  readonly nFft: number;
  /** Samples from one frame's start to the next. */
  readonly hopSamples: number;
}

/**
 * Number of frames of a clip: the clip is extended by `padSamples` on both sides and windows are placed every hop
 * as long as they fit.
 *
 * @param samples Length of the clip, before padding.
 * @throws {RangeError} If the sizes are not positive integers or the clip is too short to be reflected.
 */
export function frameCount(samples: number, framing: Framing): number {
  checkFraming(framing);
  const { nFft, hopSamples } = framing;
  const pad = padSamples(nFft);
  if (!Number.isInteger(samples) || samples <= pad) {
    throw new RangeError(
      `Cannot cut ${samples} samples into frames of ${nFft}: wanted a whole number above ${pad}, the padding that ` +
        `is reflected at each end`,
    );
  }
  return Math.floor((samples + 2 * pad - nFft) / hopSamples) + 1;
}

/** Samples by which the clip is extended at each end. */
export function padSamples(nFft: number): number {
  return Math.floor(nFft / 2);
}

/** Number of DFT bins from 0 Hz to half the sample rate. */
export function binCount(nFft: number): number {
  return Math.floor(nFft / 2) + 1;
}

/** @throws {RangeError} If a size is not a positive integer. */
export function checkFraming(framing: Framing): void {
  for (const [name, value] of Object.entries({ nFft: framing.nFft, hopSamples: framing.hopSamples })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot frame with ${name} = ${value}: wanted a whole number from 1`);
    }
  }
}
