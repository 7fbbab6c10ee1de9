/**
 * How often a task's job was started, why, and whether it came farther: nothing else ends a job that is queued again and
 * again and never does. Each cause has a count of its own, as a job that makes way for others has done nothing wrong.
 */
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { writeAtomically } from "../../engine/store/atomic_io.ts";
import { partialName } from "../../engine/store/layout.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { TaskKey } from "../../engine/types.ts";
import { restartsPath } from "./submission_io.ts";

export interface Restarts {
  /** As Slurm counts them. */
  readonly count: number;
  /** How many of them the job asked for, as its time limit was near. */
  readonly timeLimits: number;
  /** Whether it asked for the next one. */
  readonly asked: boolean;
  /** Digest of what was saved when the time limit was near last; null: it never was, or the job had not begun. */
  readonly atLimit: string | null;
  /** What was saved when it was interrupted last, and how often in a row that was the same. */
  readonly interrupted: { readonly saved: string; readonly times: number } | null;
}

const NONE: Restarts = { count: 0, timeLimits: 0, asked: false, atLimit: null, interrupted: null };

export function readRestarts(folder: string, task: string): Restarts {
  try {
    return { ...NONE, ...JSON.parse(Deno.readTextFileSync(restartsPath(folder, task))) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NONE;
    throw error;
  }
}

export interface JobRestarts {
  /** How often the job was started before, in words; nothing if this is the first time. */
  readonly words: string | undefined;
  /** The task begins. @throws {UserError} "interrupted": it was interrupted too often without coming farther. */
  begins(saved: string): void;
  /**
   * Notes down that the job is to be queued again.
   *
   * @param why `limit`: its time limit is near.
   * @param saved What the task has saved; null: it had not begun.
   * @throws {UserError} "time-limit": that was so too often, or it has not come farther since.
   */
  queuesAgain(why: "limit" | "room", saved: string | null): void;
}

/** @param count What Slurm says: SLURM_RESTART_COUNT. @param most How often is too often. */
export function openRestarts(
  folder: string,
  { task, stage, count, most }: {
    readonly task: string;
    readonly stage: string;
    readonly count: number;
    readonly most: number;
  },
): JobRestarts {
  const before = readRestarts(folder, task);
  let now: Restarts = { ...before, count, asked: false };
  const write = (restarts: Restarts): void => {
    now = restarts;
    writeAtomically(restartsPath(folder, task), JSON.stringify(restarts), { sync: false });
  };
  const isInterruption = count > 0 && !before.asked;
  if (count > 0) write(now);
  return {
    words: count === 0 ? undefined : restartWords(now),
    begins(saved) {
      if (!isInterruption) return;
      const times = now.interrupted?.saved === saved ? now.interrupted.times + 1 : 1;
      write({ ...now, interrupted: { saved, times } });
      if (times <= most) return;
      throw new UserError(
        "interrupted",
        `Cannot finish ${task}: its job was interrupted ${times} times in a row, by preemption or failing nodes, ` +
          `before it had saved anything new. Submit again where jobs are left alone for longer, as with another ` +
          `executor.partition, or raise executor.max_requeues.`,
      );
    },
    queuesAgain(why, saved) {
      if (why === "room") return;
      const starts = count + 1;
      if (now.timeLimits >= most) {
        throw new UserError(
          "time-limit",
          `Cannot finish ${task} within its time limit: its job was started ${starts} times. Raise executor.time or ` +
            `executor.max_requeues and submit again; it goes on from its last checkpoint.`,
        );
      }
      if (saved !== null && saved === now.atLimit) {
        throw new UserError(
          "time-limit",
          `Cannot finish ${task} within its time limit: its job was started ${starts} times, and has saved nothing ` +
            `new since the last. Raise executor.stages.${stage}.time, so that it comes to its next checkpoint, and ` +
            `submit again.`,
        );
      }
      write({ ...now, timeLimits: now.timeLimits + 1, asked: true, atLimit: saved });
    },
  };
}

/** `restart 3, 1 of them for its time limit`. */
export function restartWords({ count, timeLimits }: Restarts): string {
  return `restart ${count}${timeLimits === 0 ? "" : `, ${timeLimits} of them for its time limit`}`;
}

/** Of larger files size and time stand for the contents. */
const HASHED_BYTES = 1 << 28;

/** Digest of what attempts at a task have saved to go on from; which attempt it was does not count. */
export function savedState(store: Store, key: TaskKey): string {
  const folder = store.folder(partialName(key));
  const files = foldersIn(folder).flatMap((attempt) => filesIn(`${folder}/${attempt}`)).sort();
  return sha256(files.join("\n"));
}

function foldersIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function filesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => {
    const path = `${folder}/${name}`;
    const { size, mtime } = Deno.statSync(path);
    return size > HASHED_BYTES
      ? `${name} ${size} ${mtime?.getTime()}`
      : `${name} ${sha256(Deno.readFileSync(path))}`;
  });
}
