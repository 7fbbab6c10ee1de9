/**
 * Jobs keep the values that they were submitted with, whatever is asked for later: which of these differ. None is part of
 * a task's recipe, so such a job does the task that is asked for. Pure.
 */
import type { Json } from "../../../lib/base/json.ts";
import type { TaskSpec } from "../../engine/types.ts";
import { cancelCommand } from "./cancel_command.ts";
import { chosenFor, type JobResources, limitSeconds, resourcesOf, type SlurmSettings } from "./settings.ts";

/** A task's job that is queued or runs. */
export interface SubmittedJob {
  readonly spec: TaskSpec;
  /** As Slurm names it. */
  readonly job: string;
  /** What it was submitted with. */
  readonly settings: SlurmSettings;
}

/** Keys of a submission as a whole, as they are typed. */
const COMMON = {
  setup: "setup",
  options: "options",
  warnSeconds: "warn_seconds",
  maxRequeues: "max_requeues",
} as const;

/** `executor.memory: null -> 9999G`, for each key of which the job would have another value, were it submitted now. */
export function keptValues(
  { spec, settings: then }: Omit<SubmittedJob, "job">,
  now: SlurmSettings,
): readonly string[] {
  const { stage } = spec;
  // Limits of the task hide differences; these are told as they were typed.
  const [asks, wouldAsk] = [resourcesOf(spec, then), resourcesOf(spec, now)];
  const [has, wanted] = [chosenFor(stage, then), chosenFor(stage, now)];
  const change = (key: string, before: Json, after: Json) =>
    `executor.${key}: ${wordFor(before)} -> ${wordFor(after)}`;
  const resources = (Object.keys(asks) as (keyof JobResources)[])
    .filter((key) => meaning(asks[key], key) !== meaning(wouldAsk[key], key))
    .filter((key) => key !== "gres" || wouldAsk.gpus > 0)
    .map((key) => {
      const isStages = [then, now].some(({ stages }) => stages[stage]?.[key] !== undefined);
      return change(isStages ? `stages.${stage}.${key}` : key, has[key], wanted[key]);
    });
  const common = (Object.keys(COMMON) as (keyof typeof COMMON)[])
    .filter((key) => JSON.stringify(then[key]) !== JSON.stringify(now[key]))
    .map((key) => change(COMMON[key], then[key], now[key]));
  return [...resources, ...common];
}

/** What to tell of jobs that have other values than those asked for now, and of which task; nothing if none has. */
export function keptNote(
  jobs: readonly SubmittedJob[],
  now: SlurmSettings,
): { readonly task: string; readonly message: string } | undefined {
  const kept = jobs.map((job) => ({ ...job, values: keptValues(job, now) }))
    .filter(({ values }) => values.length > 0);
  const [first, ...others] = kept;
  if (first === undefined) return undefined;
  const values = [...new Set(kept.flatMap(({ values }) => values))].join(", ");
  const which = others.length === 0
    ? `job ${first.job} keeps the values that it was`
    : `job ${first.job} and ${others.length} more that are queued or running keep the values that they were`;
  return {
    task: first.spec.name,
    message: `${which} submitted with (${values}); to have those asked for now, first ${
      cancelCommand(kept.map(({ spec }) => spec))
    }, then run this command again`,
  };
}

/** The same for time limits that mean the same: `60` and `1:00:00`. */
function meaning(value: Json, key: keyof JobResources): Json {
  return key === "time" && typeof value === "string" ? limitSeconds(value) ?? value : value;
}

function wordFor(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
