/** What a job learns from the variables of its environment. Pure. */
import { VARIABLES_BEFORE } from "./batch_script.ts";

type Variables = Readonly<Record<string, string>>;

/** Where a cluster says which devices are the job's; for libraries of drivers. */
const DEVICES = [
  "CUDA_VISIBLE_DEVICES",
  "GPU_DEVICE_ORDINAL",
  "HIP_VISIBLE_DEVICES",
  "ROCR_VISIBLE_DEVICES",
  "ZE_AFFINITY_MASK",
];

/**
 * The job as `scontrol requeue` takes it. The last element of an array bears the array's own number, which would queue
 * all of the array again: an element is named by its index.
 */
export function ownName(variables: Variables): string {
  const { SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: index } = variables;
  if (array !== undefined && index !== undefined) return `${array}_${index}`;
  const { SLURM_JOB_ID: job } = variables;
  if (job === undefined) throw new Error("Slurm did not say which job this is: SLURM_JOB_ID is not set");
  return job;
}

/** Variables that a stage's process gets besides those that all do: what its job's setup and its devices are about. */
export function stageVariables(variables: Variables): readonly string[] {
  const { [VARIABLES_BEFORE]: before } = variables;
  const known = new Set(before?.split("\n"));
  const names = Object.keys(variables);
  const fromSetup = before === undefined
    ? []
    : names.filter((name) => !known.has(name) && name !== VARIABLES_BEFORE);
  return [...new Set([...fromSetup, ...names.filter((name) => DEVICES.includes(name))])];
}

/** Slurm sends signals up to a minute early. */
const EARLY_SECONDS = 60;

/**
 * Why a job is warned: some clusters send the signal before the time limit also when it is to make way.
 *
 * @param seconds The time limit; null: nobody knows.
 */
export function whyWarned(
  { elapsed, seconds, warnSeconds }: {
    readonly elapsed: number;
    readonly seconds: number | null;
    readonly warnSeconds: number;
  },
): "limit" | "room" {
  return seconds !== null && elapsed < seconds - warnSeconds - 2 * EARLY_SECONDS ? "room" : "limit";
}
