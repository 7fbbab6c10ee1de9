/** How long tasks that never ran may take. Rough on purpose: it tells a coffee from a night. Pure. */
import { dependenciesOf } from "../engine/order.ts";
import type { TaskSpec } from "../engine/types.ts";
import type { PlannedNetwork } from "./network.ts";

/** A data set's clips where the configuration does not tell; a folder is not looked into. */
const UNKNOWN_CLIPS = 2500;
/** A process starts, loads its packages and writes its results. */
const OVERHEAD_SECONDS = 1.5;
const SHARE_OF_SPLIT = { train: 0.7, validation: 0.1, test: 0.2 } as const;

/** Seconds for one clip of a second, measured on one core of a 2-core Xeon (AVX-512), WebAssembly. */
const SECONDS_PER_CLIP = { wave: 0.001, corrupted: 0.002, computed: 0.003 } as const;

/** How many clips of a second a data set has, or is worth, in one split. */
function clipsOf({ kinds, config }: PlannedNetwork, split: keyof typeof SHARE_OF_SPLIT): number {
  return SHARE_OF_SPLIT[split] * (kinds.dataset.examples(config.dataset) ?? UNKNOWN_CLIPS);
}

export function featureSeconds(
  planned: PlannedNetwork,
  split: keyof typeof SHARE_OF_SPLIT,
  isComputed: boolean,
): number {
  return clipsOf(planned, split) * SECONDS_PER_CLIP[isComputed ? "computed" : "wave"];
}

export function corruptSeconds(planned: PlannedNetwork, split: keyof typeof SHARE_OF_SPLIT): number {
  return clipsOf(planned, split) * SECONDS_PER_CLIP.corrupted;
}

/** On one core. Of the model, and of each step that is trained: kinds say their own. */
export function trainSeconds(planned: PlannedNetwork): number {
  const { kinds, config: { trainer }, chain } = planned;
  const steps = chain.steps.filter(({ values }) => values.trained);
  const perClip = steps.reduce((sum, { kind }) => sum + kind.trainedSeconds, kinds.model.trainedSeconds);
  return (trainer.until_epoch ?? trainer.epochs) * (trainer.clips_per_epoch ?? clipsOf(planned, "train")) *
    perClip;
}

/**
 * @param seconds Of the task's own work, as far as it could be told.
 * @param measured Seconds the task took when it last ran, if it ever did.
 */
export function expectedSeconds(seconds: number | undefined, measured: number | undefined): number {
  return measured ?? OVERHEAD_SECONDS + (seconds ?? 0);
}

/**
 * Wall time of the given tasks: no less than the longest chain, no less than the work shared out over tasks that run at
 * a time, and over threads, of which some tasks take several.
 * @param seconds Expected seconds of each task that is to run; others count as nothing.
 */
export function wallSeconds(
  tasks: readonly TaskSpec[],
  seconds: ReadonlyMap<string, number>,
  room: { readonly tasks: number; readonly threads: number },
): number {
  const chain = new Map<string, number>();
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const chainOf = (name: string): number => {
    const known = chain.get(name);
    if (known !== undefined) return known;
    const before = dependenciesOf(byName.get(name)!).map(chainOf);
    const length = (seconds.get(name) ?? 0) + Math.max(0, ...before);
    chain.set(name, length);
    return length;
  };
  let [total, ofThreads] = [0, 0];
  for (const [name, own] of seconds) {
    total += own;
    ofThreads += own * Math.min(byName.get(name)!.resources.leastThreads ?? 1, room.threads);
  }
  return Math.max(total / room.tasks, ofThreads / room.threads, ...tasks.map((task) => chainOf(task.name)));
}
