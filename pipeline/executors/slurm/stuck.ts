/**
 * Which of Slurm's reasons for a job to be queued waiting alone does not end, and what to do about each. By Slurm's list
 * of job reason codes (slurm.schedmd.com/job_reason_codes.html). Pure.
 */
import type { TaskSpec } from "../../engine/types.ts";
import { cancelCommand } from "./cancel_command.ts";

interface Stuck {
  /** What holds the job up, behind the word "and". */
  readonly why: string;
  /** Whether it may start once somebody else has done something. */
  readonly passes: boolean;
  /** What to ask for instead; null: the same again. */
  readonly other: string | null;
}

const SIZES = "executor.cpus, executor.memory, executor.gpus or executor.partition " +
  '(`sinfo --format="%P %l %c %m %G"` lists time limit, processors, megabytes and devices of each)';
const RIGHTS = "executor.account, executor.partition or --qos in executor.options";
const PLACES = "executor.partition or executor.options";

/** The first that fits counts. Limits of what many jobs have together (`AssocGrp*`, `*PerUser`) pass as others end. */
const REASONS: readonly (readonly [RegExp, Stuck])[] = [
  [/^PartitionTimeLimit$/, {
    why: "cannot start with a time limit above the partition's",
    passes: false,
    other: 'executor.time or executor.partition (`sinfo --format="%P %l"` lists the limits)',
  }],
  [/^(?:Assoc|QOS)MaxWallDurationPerJob/, {
    why: "cannot start with a time limit above that of the account or QOS",
    passes: false,
    other: `executor.time, ${RIGHTS}`,
  }],
  [/^(?:PartitionConfig|PartitionNodeLimit|BadConstraints|MaxMemPerLimit)$/, {
    why: "cannot start, as no node of the partition has so much or may give it",
    passes: false,
    other: SIZES,
  }],
  [/^(?:Assoc|QOS)Max\w*Per(?:Job|Node)(?:Limit)?$/, {
    why: "cannot start with more than a job of the account or QOS may have",
    passes: false,
    other: SIZES,
  }],
  [/^QOSMin/, {
    why: "cannot start with less than a job of the QOS has to ask for",
    passes: false,
    other: SIZES,
  }],
  [/^(?:InvalidAccount|AccountNotAllowed|InvalidQOS|QOSNotAllowed)$/, {
    why: "cannot start, as the account or QOS may not use the partition",
    passes: false,
    other: RIGHTS,
  }],
  [/^ReservationDeleted$/, {
    why: "cannot start, as the reservation is gone",
    passes: false,
    other: "executor.options",
  }],
  [/^(?:Assoc|QOS)Grp(?:(?!Run)\w)*Minutes(?:Limit)?$/, {
    why: "will not start before the account or QOS is granted more time",
    passes: true,
    other: RIGHTS,
  }],
  [/^(?:PartitionDown|PartitionInactive)$/, {
    why: "will not start before the partition is up again",
    passes: true,
    other: PLACES,
  }],
  [/^(?:NodeDown|ReqNodeNotAvail(?!.*May.be.reserved))/, {
    why: "will not start before nodes are back that are down, drained or reserved (`sinfo --list-reasons`)",
    passes: true,
    other: PLACES,
  }],
  [/^(?:JobHeld|JobHoldMaxRequeue)/, {
    why: "will not start before somebody says `scontrol release`",
    passes: true,
    other: null,
  }],
];

/**
 * What to tell of jobs that are queued for the same reason; nothing if they start when their turn comes.
 *
 * @param job The first of them, as Slurm names it. @param tasks Those of all of them.
 */
export function stuckNote(job: string, reason: string, tasks: readonly TaskSpec[]): string | undefined {
  const stuck = stuckFor(reason);
  if (stuck === undefined) return undefined;
  const { why, passes, other } = stuck;
  const more = tasks.length - 1;
  return `job ${job} ${more === 0 ? "is" : `and ${more} more are`} queued (${reason}) and ${why}; ${
    passes ? "or " : ""
  }first ${cancelCommand(tasks)}, then run this command again${
    other === null ? "" : ` with another value of ${other}`
  }`;
}

/** Of a job that Slurm took for one that can never start and gave up; nothing if it ended for another reason. */
export function gaveUpNote(reason: string): string | undefined {
  const stuck = stuckFor(reason);
  return stuck === undefined || stuck.passes
    ? undefined
    : `it ${stuck.why}. Run this command again with another value of ${stuck.other}.`;
}

function stuckFor(reason: string): Stuck | undefined {
  return REASONS.find(([pattern]) => pattern.test(reason))?.[1];
}
