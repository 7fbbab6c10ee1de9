import { assertEquals } from "@std/assert";
import { plain, refusalOf } from "../../../../pipeline/executors/slurm/refusal.ts";

const START = "Cannot use Slurm: sbatch ended with status 1: ";

/** As `sbatch` of 22.05 refuses. */
const refusals: readonly (readonly [string, string, string])[] = [
  [
    "an unknown partition",
    "sbatch: error: invalid partition specified: nosuch\n" +
    "sbatch: error: Batch job submission failed: Invalid partition name specified\n",
    "invalid partition specified: nosuch. Name a partition that `sinfo` lists with executor.partition or " +
    "executor.stages.STAGE.partition.",
  ],
  [
    "more memory than there is",
    "sbatch: error: Memory specification can not be satisfied\n" +
    "sbatch: error: Batch job submission failed: Requested node configuration is not available\n",
    "Memory specification can not be satisfied. Lower executor.cpus, executor.memory or executor.gpus, change " +
    'executor.gres, or name another executor.partition: `sinfo --format="%P %c %m %G"` lists processors, megabytes ' +
    "and devices of a node of each.",
  ],
  [
    "a time limit above the partition's",
    "sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)\n",
    "Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit). Lower " +
    'executor.time, or name another executor.partition: `sinfo --format="%P %l"` lists the longest of each.',
  ],
  [
    "what nobody has advice for",
    "sbatch: error: QOSMaxWallDurationPerJobLimit\nsbatch: error: QOSMaxWallDurationPerJobLimit\n" +
    "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size " +
    "and/or time limits)\n",
    "QOSMaxWallDurationPerJobLimit. Batch job submission failed: Job violates accounting/QOS policy (job submit " +
    "limit, user's size and/or time limits).",
  ],
  ["nothing", "\n", "It said nothing."],
];
for (const [name, said, told] of refusals) {
  Deno.test(`refusalOf() says once what sbatch refuses: ${name}`, () => {
    const { reason, message } = refusalOf("sbatch", 1, said);
    assertEquals([reason, message], ["cluster", `${START}${told}`]);
  });
}

Deno.test("plain() takes off the name of the command that says a line, and no other", () => {
  assertEquals(plain("sbatch: error: no", "sbatch"), "no");
  assertEquals(plain("sbatch: lua: no", "sbatch"), "lua: no");
  assertEquals(plain("scancel: error: no", "sbatch"), "scancel: error: no");
});
