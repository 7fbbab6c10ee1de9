/** What `conf/executor/slurm.yaml` says: what jobs ask of a cluster, and what the jobs of single tasks ask of it. Pure. */
import { z } from "zod";
import type { Problem } from "../../../lib/base/kinds.ts";
import type { Parsed } from "../../../lib/base/record.ts";
import type { TaskSpec } from "../../engine/types.ts";

const word = z.string().regex(/^[\w.,+@-]+$/, "wanted a name of letters, digits and _ . , + @ -").nullable();

/** As `sbatch` takes them; null leaves the choice to the cluster. */
const resources = z.strictObject({
  partition: word,
  account: word,
  /** Minutes, or Slurm's `hours:minutes:seconds` and `days-hours`. */
  time: z.union([z.int().min(1), z.string()]).transform(String).pipe(
    z.string().regex(
      /^(?:\d+|\d+:\d+|\d+:\d+:\d+|\d+-\d+(?::\d+){0,2})$/,
      'wanted minutes, "hours:minutes:seconds" or "days-hours"',
    ),
  ).nullable(),
  /** Of one job: `4G`, `800M`. */
  memory: z.string().regex(/^\d+[KMGT]?$/, "wanted a size such as 4G or 800M").nullable(),
  /** Most processors a job asks for; tasks that can use fewer ask for fewer. */
  cpus: z.int().min(1).max(4096),
  /** Graphics cards that a job asks for whose task computes on one. */
  gpus: z.int().min(0).max(64),
  /** What these are called in `--gres`, with a type where it matters: `gpu`, `gpu:a100`, `gpu:1g.5gb`. */
  gres: z.string().regex(
    /^[A-Za-z][\w.-]*(?::(?!\d+$)[\w.-]+)?$/,
    "wanted a name and perhaps a type, such as gpu or gpu:a100; how many is executor.gpus",
  ),
});

/** A command that bash reads to its end in its line; that it is one, bash says when the executor is opened. */
const setupLine = z.string()
  .regex(/^[^\n\r\0]*$/, "wanted one line each")
  .regex(/\S/, "wanted a command of bash")
  .regex(/^(?!\s*#SBATCH)/, "wanted a command of bash; options of sbatch belong into executor.options")
  .regex(/(?:^|[^\\])(?:\\\\)*$/, "wanted a whole command, without a backslash at its end");

const option = z.string()
  .regex(/^--[a-z][a-z-]*(?:=[^\n\r\0]+)?$/, {
    error: "wanted an option of sbatch by its long name, such as --constraint=avx2",
    abort: true, // what has no name is nobody's
  })
  .refine((text) => takenBy(text) === undefined, {
    error: ({ input }) => `wanted an option that nothing else sets: ${takenBy(String(input))}`,
  });

/** Options of `sbatch` that have a key of their own here. */
const KEYS: Readonly<Record<string, string>> = {
  partition: "partition",
  account: "account",
  time: "time",
  mem: "memory",
  "cpus-per-task": "cpus",
  gres: "gres",
};

/** Options that say what a job is and what it waits for. */
const OWN = [
  "array",
  "chdir",
  "clusters",
  "dependency",
  "error",
  "export",
  "export-file",
  "help",
  "hold",
  "input",
  "job-name",
  "kill-on-invalid-dep",
  "no-requeue",
  "open-mode",
  "output",
  "parsable",
  "requeue",
  "signal",
  "test-only",
  "usage",
  "version",
  "wait",
  "wrap",
];

/** Who sets an option already; `sbatch` takes the beginning of a name for the name. */
function takenBy(text: string): string | undefined {
  const name = text.slice(2).split("=")[0]!;
  const [known, key] = Object.entries(KEYS).find(([known]) => known.startsWith(name)) ?? [];
  if (key !== undefined) return `--${known} is executor.${key}`;
  const own = OWN.find((known) => known.startsWith(name));
  return own === undefined ? undefined : `--${own} is what jobs of this program depend on`;
}

export const slurmSchema = z.strictObject({
  kind: z.literal("slurm"),
  ...resources.shape,
  /** Commands of bash that each job begins with, such as `module load vulkan`; where one fails, so does the job. */
  setup: z.array(setupLine),
  /** Further options of `sbatch`. */
  options: z.array(option),
  /** A job that is about to reach its time limit is stopped in order and queued again this long before it. */
  warn_seconds: z.int().min(1).max(65535),
  /**
   * How often a job may be queued again for its time limit, and how often in a row for other reasons without having
   * come farther, before that counts as a failure.
   */
  max_requeues: z.int().min(0).max(10000),
  /** How often the queue is looked at. */
  poll_seconds: z.number().min(0.1).max(3600),
  /** What the jobs of single stages ask for instead. */
  stages: z.record(z.string(), resources.partial()),
});

export type SlurmSettings = Parsed<typeof slurmSchema>;
export type JobResources = Parsed<typeof resources>;

/** Time limits that leave a job no time before it is stopped. */
export function shortLimits({ time, warnSeconds, stages }: SlurmSettings): readonly Problem[] {
  const limits: readonly (readonly [readonly string[], string | null | undefined])[] = [
    [["time"], time],
    ...Object.entries(stages).map(([stage, own]) => [["stages", stage, "time"], own.time] as const),
  ];
  return limits.flatMap(([path, text]) => {
    const limit = limitSeconds(text ?? "");
    return limit === undefined || limit > warnSeconds ? [] : [{
      path,
      message:
        `wanted more than executor.warn_seconds = ${warnSeconds}, as jobs are stopped so long before their limit, ` +
        `found ${limit} s`,
    }];
  });
}

/** What the job of a task asks for. */
export function resourcesOf(
  spec: Pick<TaskSpec, "stage" | "resources">,
  settings: SlurmSettings,
): JobResources {
  const chosen = chosenFor(spec.stage, settings);
  return {
    ...chosen,
    cpus: Math.max(1, Math.min(chosen.cpus, spec.resources.threads)),
    gpus: spec.resources.gpu > 0 ? chosen.gpus : 0,
  };
}

/** What is set for the jobs of a stage. */
export function chosenFor(stage: string, settings: SlurmSettings): JobResources {
  const own = settings.stages[stage] ?? {};
  const chosen = <Key extends keyof JobResources>(key: Key): JobResources[Key] =>
    own[key] === undefined ? settings[key] : own[key] as JobResources[Key];
  return {
    partition: chosen("partition"),
    account: chosen("account"),
    time: chosen("time"),
    memory: chosen("memory"),
    cpus: chosen("cpus"),
    gpus: chosen("gpus"),
    gres: chosen("gres"),
  };
}

/** Seconds of a time limit as `sbatch` reads it; `undefined` if it cannot be read. */
export function limitSeconds(time: string): number | undefined {
  const match = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(time);
  if (match === null) return undefined;
  const [days, first, second, third] = match.slice(1).map((part) => part === undefined ? undefined : +part);
  // Without days the parts are minutes, minutes:seconds or hours:minutes:seconds; with days they begin with hours.
  if (days !== undefined) return ((days * 24 + first!) * 60 + (second ?? 0)) * 60 + (third ?? 0);
  return third !== undefined ? (first! * 60 + second!) * 60 + third : first! * 60 + (second ?? 0);
}
