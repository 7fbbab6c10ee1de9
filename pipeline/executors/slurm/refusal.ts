/** How a refusal of Slurm's is told: its own words once, and what to do about it. Pure. */
import { UserError } from "../../../lib/base/errors.ts";

/**
 * What `sbatch` says of what it does not take (Slurm's slurm_errno.c), and what to ask for instead. The first that is
 * found counts.
 */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /invalid partition/i,
    "Name a partition that `sinfo` lists with executor.partition or executor.stages.STAGE.partition.",
  ],
  [
    /invalid account/i,
    "Name one of your accounts with executor.account, as `sacctmgr show associations user=$USER` lists them, and a " +
    "partition that it may use with executor.partition.",
  ],
  [/invalid qos/i, "Name a QOS that you may use, as --qos in executor.options, or none."],
  [
    /time limit is invalid/i,
    'Lower executor.time, or name another executor.partition: `sinfo --format="%P %l"` lists the longest of each.',
  ],
  [
    /node configuration is not available|memory (?:specification|required)|invalid generic resource/i,
    "Lower executor.cpus, executor.memory or executor.gpus, change executor.gres, or name another " +
    'executor.partition: `sinfo --format="%P %c %m %G"` lists processors, megabytes and devices of a node of each.',
  ],
  [
    /invalid feature/i,
    'Name features that nodes have in executor.options: `sinfo --format="%P %f"` lists them.',
  ],
];

/** @param stderr All that the command said on standard error. */
export function refusalOf(command: string, code: number, stderr: string): UserError {
  const said = [...new Set(stderr.split("\n").map((line) => plain(line, command)).filter(Boolean))];
  const [pattern, advice] = ADVICE.find(([pattern]) => pattern.test(stderr)) ?? [];
  // Of several lines about the same thing the first names it.
  const told = pattern === undefined ? said.slice(-3) : said.filter((line) => pattern.test(line)).slice(0, 1);
  const words = told.length === 0 ? ["It said nothing."] : told.map((line) => line.replace(/\.?$/, "."));
  return new UserError(
    "cluster",
    `Cannot use Slurm: ${command} ended with status ${code}: ${[...words, advice].filter(Boolean).join(" ")}`,
  );
}

/** Without what Slurm's commands begin each line with. */
export function plain(line: string, command: string): string {
  const text = line.trim();
  return text.startsWith(`${command}: `) ? text.slice(command.length + 2).replace(/^error: /, "") : text;
}
