/** What training and evaluation of recognisers read clips from. */

/** Clips of different lengths, padded at their end to the longest. */
export interface SequenceBatch {
  readonly clips: number;
  /** `[clips, ...shape]`, row-major, zeros where a clip has ended; the next read may overwrite it. */
  readonly features: Float32Array;
  /** Of one padded clip. */
  readonly shape: readonly number[];
  /** `[clips]`: frames of each clip. */
  readonly frames: Int32Array;
  /** `[clips, most]`, padded with zeros. */
  readonly labels: Int32Array;
  /** `[clips]`. */
  readonly labelLengths: Int32Array;
}

export interface SequenceSource {
  /** Number of clips. */
  readonly count: number;
  /** Shape of one clip's features; null is the axis of time. */
  readonly shape: readonly (number | null)[];
  /** `[count]`: frames of all clips. */
  readonly frames: Int32Array;
  /** `[count]`. */
  readonly names: readonly string[];
  /** @param rows Clips from 0 to count - 1, in any order, repeats allowed. */
  read(rows: ArrayLike<number>): Promise<SequenceBatch>;
}

/** Each clip's own labels. */
export function labelsOf({ labels, labelLengths, clips }: SequenceBatch): Int32Array[] {
  const most = labels.length / clips;
  return Array.from(labelLengths, (length, clip) => labels.subarray(clip * most, clip * most + length));
}
