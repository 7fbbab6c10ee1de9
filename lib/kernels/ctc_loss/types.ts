/** What connectionist temporal classification takes besides the logits. */

export interface CtcTargets {
  /** `[batch, most]` row by row: each clip's labels from 1 to classes - 1, any numbers behind them. 0 is the blank. */
  readonly labels: Int32Array;
  /** `[batch]`, each from 0 to `most`. */
  readonly labelLengths: Int32Array;
  /** `[batch]`: frames of each clip that count, from 1. */
  readonly frames: Int32Array;
}

/** The class that stands for no label. */
export const BLANK = 0;
