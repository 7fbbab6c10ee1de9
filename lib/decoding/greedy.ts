/** Best-path decoding of connectionist temporal classification: Graves et al. 2006, section 3.2. */

/** Class 0 says "nothing new". */
export const BLANK = 0;

/** Logits of one clip within a batch's array. */
export interface FrameLogits {
  readonly logits: ArrayLike<number>;
  /** Where the clip's first frame begins. */
  readonly offset: number;
  /** How many frames count. */
  readonly frames: number;
  readonly classes: number;
}

export interface Decoded {
  /** Class indices, without blanks. */
  readonly labels: readonly number[];
  /** For each label the frame in which it is first heard; undefined where a decoder sums over alignments. */
  readonly firstFrames?: readonly number[];
}

/** The likeliest class of each frame (the first of equal ones), repeats merged, blanks taken out. */
export function greedyDecode({ logits, offset, frames, classes }: FrameLogits): Decoded {
  const labels: number[] = [];
  const firstFrames: number[] = [];
  let previous = BLANK;
  for (let frame = 0; frame < frames; frame++) {
    const at = offset + frame * classes;
    let best = 0;
    for (let i = 1; i < classes; i++) if (logits[at + i]! > logits[at + best]!) best = i;
    if (best !== previous && best !== BLANK) {
      labels.push(best);
      firstFrames.push(frame);
    }
    previous = best;
  }
  return { labels, firstFrames };
}
