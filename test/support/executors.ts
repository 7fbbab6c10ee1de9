/** Runs a test on every executor that this machine has. */
import type { ExecutorName } from "./engine_project.ts";
import { PART } from "./slow.ts";
import { type ClusterOptions, type PrivateSlurm, slurmIsMissing, startSlurm } from "./slurm_io.ts";

const missing = slurmIsMissing();
const isBuildServer = Deno.env.get("CI") === "true";
let slurm: Promise<PrivateSlurm> | undefined;
let turn: Deno.FsFile | undefined;
let cluster: ClusterOptions = {};

/** Says what Slurm the file's tests have; without, it has one node of four processors. */
export function useCluster(options: ClusterOptions): void {
  cluster = options;
}

/**
 * Registers `name` once for each executor, on Slurm in the file's slow part if it has one. Where Slurm cannot be started the test is skipped and says why; on a build
 * server (CI=true) it fails.
 */
export function onEveryExecutor(name: string, test: (executor: ExecutorName) => Promise<void>): void {
  if (PART !== "slow") Deno.test(`${name} (local)`, () => test("local"));
  onSlurm(`${name} (slurm)`, () => test("slurm"), PART !== "whole");
}

/**
 * Registers a test that has a Slurm to itself and this file's other tests, `SLURM_CONF` naming it.
 *
 * @param slow It belongs to the file's slow part.
 */
export function onSlurm(name: string, test: () => Promise<void>, slow = false): void {
  if (PART === (slow ? "quick" : "slow")) return;
  const skipped = missing !== undefined && !isBuildServer;
  Deno.test({
    name: skipped ? `${name} (skipped: ${missing})` : name,
    ignore: skipped,
    fn: async () => {
      slurm ??= startInTurn();
      Deno.env.set("SLURM_CONF", (await slurm).conf);
      await test();
    },
  });
}

Deno.test.afterAll(async () => {
  await (await slurm)?.stop();
  turn?.close();
});

/** Files that are tested at the same time share one process and so one `SLURM_CONF`: they take turns. */
async function startInTurn(): Promise<PrivateSlurm> {
  turn = await Deno.open(new URL("./slurm_io.ts", import.meta.url)); // any file that all of them see
  await turn.lock(true);
  return await startSlurm(cluster);
}
