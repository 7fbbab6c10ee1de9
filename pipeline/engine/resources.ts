/** Shares threads, accelerators and process slots among tasks. Pure. */
import type { TaskResources } from "./types.ts";

/** What the machine, or the user, gives to a run. */
export interface MachineResources {
  readonly threads: number;
  readonly gpu: number;
  /** Most processes at a time. */
  readonly jobs: number;
}

export interface Grant {
  readonly index: number;
  readonly threads: number;
  readonly gpu: number;
}

/**
 * Which of the waiting tasks start now, and with how many threads: what each wants at least, and a fair share of what is
 * left, at most what it can use; what one cannot use goes to the others.
 *
 * @param free What no running task holds.
 * @param waiting In order of preference; a task that needs a taken accelerator, or more threads than are left, lets
 * later ones pass.
 * @param machine The whole: a task that wants more than there is gets all.
 * @returns One grant for each task that starts, by its index in `waiting`.
 */
export function grantResources(
  free: MachineResources,
  waiting: readonly TaskResources[],
  machine: Pick<MachineResources, "gpu" | "threads">,
): readonly Grant[] {
  const starting: { index: number; least: number; most: number; gpu: number }[] = [];
  let { gpu, threads } = free;
  for (const [index, want] of waiting.entries()) {
    if (starting.length >= free.jobs) break;
    const needed = Math.min(want.gpu, machine.gpu);
    const least = Math.min(want.leastThreads ?? 1, machine.threads);
    if (needed > gpu || least > threads) continue;
    gpu -= needed;
    threads -= least;
    starting.push({ index, least, most: Math.max(1, want.threads), gpu: needed });
  }
  const grants: Grant[] = [];
  // The modest first, so that what they leave is known when the others are served.
  for (const [i, task] of [...starting].sort((a, b) => a.most - b.most).entries()) {
    const more = Math.max(0, Math.min(task.most - task.least, Math.floor(threads / (starting.length - i))));
    threads -= more;
    grants.push({ index: task.index, threads: task.least + more, gpu: task.gpu });
  }
  return grants.sort((a, b) => a.index - b.index);
}
