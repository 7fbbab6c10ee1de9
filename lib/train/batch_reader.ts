/** Reads batches to learn from, and changes their examples on the way. Needs no numeric library. */
import type { AugmentedExample, BandChange } from "../augment/contract.ts";
import type { Rng } from "../base/random.ts";
import type { Batch, Examples } from "../tasks/contract.ts";

/** What training and evaluation read examples from. */
export interface BatchSource extends Examples {
  /** @param change Changes examples before anything is padded. */
  read(rows: ArrayLike<number>, change?: ChangeExample): Promise<Batch>;
}

/** Another wave in the place of an example's. @param clip Its place in the batch. */
export type ChangeExample = (values: Float32Array, row: number, clip: number) => Float32Array;

/** Changes examples: pure functions of the example and the generator. */
export interface Augment {
  /** Of the wave. Absent: it stays. */
  wave?(example: AugmentedExample, rng: Rng): AugmentedExample;
  /** Of what the front-end makes of it. Absent: that stays. @param frames Of the example. */
  bands?(frames: number, rng: Rng): BandChange;
}

/** Where batches to learn from come from. */
export interface BatchReader {
  /** How many batches may be asked for before the first has been used up. */
  readonly ahead: number;
  /**
   * @param rng Of the epoch: what it draws for an example depends on the example alone, not on its batch.
   * @param draws How often each has been drawn in this epoch before; absent: never.
   */
  read(rows: ArrayLike<number>, rng: Rng, draws?: ArrayLike<number>): Promise<TrainingBatch>;
}

/** A batch to learn from. */
export interface TrainingBatch extends Batch {
  /** What is changed about each clip's bands; absent: nothing is. */
  readonly bands?: readonly BandChange[];
}

/**
 * Each example gets a generator of its own, forked from the epoch's by its name, and by how often it was drawn before:
 * what is drawn for it depends neither on its batch nor on threads nor on where training was resumed.
 */
function rngOf(source: Examples, rng: Rng, draws: ArrayLike<number> | undefined) {
  return (row: number, clip: number): Rng => {
    const [own, nth] = [rng.fork(source.names[row]!), draws?.[clip] ?? 0];
    return nth === 0 ? own : own.fork(nth);
  };
}

/** Reads in this thread, when it is asked: the source's buffers are filled again with each batch. */
export function readerOf(source: BatchSource, augment: Augment = {}): BatchReader {
  return {
    ahead: 0,
    read: (rows, rng, draws) => readAugmented(source, rows, augment, rngOf(source, rng, draws)),
  };
}

async function readAugmented(
  source: BatchSource,
  rows: ArrayLike<number>,
  { wave, bands }: Augment,
  rngOf: (row: number, clip: number) => Rng,
): Promise<TrainingBatch> {
  const named = (row: number) => Array.from(source.labelsOf(row), (label) => source.classes[label]!);
  const mixed = new Map<number, NonNullable<AugmentedExample["mixed"]>>();
  const change: ChangeExample | undefined = wave && ((values, row, clip) => {
    const changed = wave({ values, labels: named(row) }, rngOf(row, clip));
    if (changed.mixed !== undefined) mixed.set(clip, changed.mixed);
    return changed.values;
  });
  const batch = await source.read(rows, change);
  const { clips, frames, labels } = batch;
  return {
    ...batch,
    ...(mixed.size === 0 ? {} : {
      mixed: {
        labels: labels.map((own, clip) => {
          const other = mixed.get(clip);
          return other === undefined ? own : source.classes.indexOf(other.labels[0]!);
        }),
        shares: Float32Array.from({ length: clips }, (_, clip) => mixed.get(clip)?.share ?? 0),
      },
    }),
    ...(bands === undefined ? {} : {
      bands: Array.from(rows, (row, clip) => bands(frames[clip]!, rngOf(row, clip).fork("bands"))),
    }),
  };
}
