/** Which of the trainings that are alike has a state that another one may go on from. */
import { UserError } from "../../lib/base/errors.ts";
import { RowReader } from "../../lib/formats/safetensors_io.ts";
import { type SnapshotHead, snapshotHead } from "../../lib/train/checkpoint.ts";
import { endingOf, type Limits } from "../../lib/train/ending.ts";
import type { EarlierWork } from "../engine/stage.ts";
import { SECONDS } from "../../lib/records/resume.ts";

/** How far a training is to go. */
export interface Wanted extends Limits {
  /** The time it has; null: any. */
  readonly minutes: number | null;
}

export interface Beginning {
  readonly of: EarlierWork;
  readonly head: SnapshotHead;
}

/**
 * The state with most epochs of those that lie on the way: a training of these limits would have come there, and not have
 * ended before. With a budget of time, only states of which is known how long they took.
 *
 * @param earlier What trainings that differ in nothing but how far they go left. Files that cannot be read count as absent.
 */
export function farthestBeginning(
  earlier: readonly EarlierWork[],
  wanted: Wanted,
): Beginning | undefined {
  let farthest: Beginning | undefined;
  for (const of of earlier) {
    const metadata = metadataOf(of.path);
    if (metadata === undefined) continue;
    const head = snapshotHead(metadata, of.path);
    if (head.epoch > (farthest?.head.epoch ?? 0) && liesOnTheWay(head, secondsIn(metadata), wanted)) {
      farthest = { of, head };
    }
  }
  return farthest;
}

/** Seconds that training took, if the file says so. */
export function secondsIn(metadata: Readonly<Record<string, string>>): number | undefined {
  const seconds = Number(metadata[SECONDS] ?? NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}

function liesOnTheWay(
  { epoch, history }: SnapshotHead,
  seconds: number | undefined,
  { minutes, ...limits }: Wanted,
): boolean {
  const end = endingOf(history, limits);
  if (end !== null && end.epoch < epoch) return false;
  return minutes === null || seconds !== undefined && seconds < 60 * minutes;
}

function metadataOf(path: string): Readonly<Record<string, string>> | undefined {
  try {
    using file = new RowReader(path);
    const { metadata } = file.header;
    snapshotHead(metadata, path);
    return metadata;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
