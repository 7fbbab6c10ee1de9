/** When a training ends before it has had all its epochs. Pure. */
import type { EpochRecord } from "../records/history.ts";

/** What is compared where two states are: both as of an {@link EpochRecord}. */
export interface Scored {
  /** What the best state has least of. */
  readonly score: number;
  readonly validationLoss: number;
}

export interface Limits {
  /** How many epochs a training has at most. */
  readonly epochs: number;
  /** It ends where so many epochs in a row have brought no better state; null: it does not. >= 1. */
  readonly patience: number | null;
}

export interface Ending {
  /** The last epoch, from 1. */
  readonly epoch: number;
  readonly by: "epochs" | "patience";
}

/** Whether a state takes the place of the best one so far: of equal scores the lower loss is better, then the earlier epoch. */
export function isBetter(state: Scored, best: Scored | null): boolean {
  return best === null || state.score < best.score ||
    state.score === best.score && state.validationLoss < best.validationLoss;
}

/** What decides about an epoch's state: its validation loss, unless something else was asked for. */
export function scored({ selection, validationLoss }: EpochRecord): Scored {
  return { score: selection ?? validationLoss, validationLoss };
}

/**
 * Where a training with these limits ends, of all that its epochs have shown: a function of nothing else, so that it is
 * the same for one that went on from anywhere. Patience counts as torch's and Keras' callbacks do, epochs behind the best.
 *
 * @param history From the first epoch on, without gaps; it may go on beyond the end.
 * @returns null: not within these epochs.
 */
export function endingOf(history: readonly EpochRecord[], { epochs, patience }: Limits): Ending | null {
  let best: (Scored & { readonly epoch: number }) | null = null;
  for (const record of history) {
    const { epoch } = record;
    const state = scored(record);
    if (isBetter(state, best)) best = { ...state, epoch };
    if (epoch >= epochs) return { epoch, by: "epochs" };
    if (patience !== null && epoch - best!.epoch >= patience) return { epoch, by: "patience" };
  }
  return null;
}
