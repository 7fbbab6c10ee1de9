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
 * Which of the waiting tasks start now, and with how many threads: a fair share of what is free, at least 1, at most
 * what each can use; what one cannot use goes to the others.
 *
 * @param free What no running task holds.
 * @param waiting In order of preference; a task that needs a taken accelerator lets later ones pass.
 * @param machine The whole: a task that wants more accelerators than there are gets all.
 * @returns One grant for each task that starts, by its index in `waiting`.
 */
export function grantResources(
  free: MachineResources,
  waiting: readonly TaskResources[],
  machine: Pick<MachineResources, "gpu">,
): readonly Grant[] {
  const slots = Math.min(free.jobs, free.threads);
  const starting: { index: number; most: number; gpu: number }[] = [];
  let gpu = free.gpu;
  for (const [index, want] of waiting.entries()) {
    if (starting.length >= slots) break;
    const needed = Math.min(want.gpu, machine.gpu);
    if (needed > gpu) continue;
    gpu -= needed;
    starting.push({ index, most: Math.max(1, want.threads), gpu: needed });
  }
  const grants: Grant[] = [];
  let threads = free.threads;
  // The modest first, so that what they leave is known when the others are served.
  for (const [i, task] of [...starting].sort((a, b) => a.most - b.most).entries()) {
    const share = Math.min(task.most, Math.floor(threads / (starting.length - i)));
    threads -= share;
    grants.push({ index: task.index, threads: share, gpu: task.gpu });
  }
  return grants.sort((a, b) => a.index - b.index);
}
