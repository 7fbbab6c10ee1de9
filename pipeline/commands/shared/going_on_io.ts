/** Where a training that is to run would go on, in words. */
import { z } from "zod";
import { fromFile } from "../../../lib/base/record.ts";
import { farthestBeginning, type Wanted } from "../../checkpoints/beginnings_io.ts";
import { earlierWork, stoppedWork } from "../../engine/store/earlier_io.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { FieldChange, TaskSpec, TaskState } from "../../engine/types.ts";

const sliceSchema = z.object({
  optim: z.object({ schedule: z.object({ kind: z.string() }) }),
  trainer: z.object({
    epochs: z.int(),
    patience: z.int().nullable(),
    minutes: z.number().nullable(),
    horizon_epochs: z.int().nullable(),
  }),
});

/** Fields of a training's slice that say when it ends. */
const LENGTHS = ["epochs", "patience", "minutes", "horizon_epochs"].map((key) => `slice.trainer.${key}`);
const HORIZON = LENGTHS.at(-1)!;

/** @returns A sentence; undefined of tasks that begin at their beginning in any case. */
export async function whereItGoesOn(
  store: Store,
  spec: TaskSpec,
  state: TaskState,
): Promise<string | undefined> {
  if (spec.goesOn === undefined || state.kind !== "stale" || state.forced) return undefined;
  const told = sliceSchema.safeParse(spec.slice);
  if (!told.success) return undefined;
  const { trainer, optim } = fromFile(sliceSchema, told.data);
  const found = farthestBeginning(await allWork(store, spec, state), trainer);
  if (found === undefined) return whyFromTheStart(state.changes ?? [], optim.schedule.kind);
  const { of: { task }, head: { epoch } } = found;
  const whence = task === spec.name ? "where an earlier attempt stopped" : `to which ${task} had trained`;
  return `goes on after epoch ${epoch}, ${whence}${leftText(epoch, trainer)}`;
}

async function allWork(store: Store, spec: TaskSpec, state: Extract<TaskState, { kind: "stale" }>) {
  return [
    ...stoppedWork(store, state.key, spec.goesOn!.output, spec.name),
    ...await earlierWork(store, spec, state.fingerprint),
  ];
}

function leftText(epoch: number, { epochs, patience, minutes }: Wanted): string {
  const left = epochs - epoch;
  const most = patience === null && minutes === null ? "" : "at most ";
  return left === 0 ? "" : `: ${most}${left} of ${epochs} epochs ${left === 1 ? "is" : "are"} left`;
}

/**
 * Why trainings that differ in nothing but their length have no states in common.
 *
 * @param changes Since another training. @returns undefined: they differ in more.
 */
export function whyFromTheStart(changes: readonly FieldChange[], schedule: string): string | undefined {
  if (changes.length === 0 || changes.some(({ field }) => !LENGTHS.includes(field))) return undefined;
  const horizon = changes.find(({ field }) => field === HORIZON);
  if (horizon === undefined) return "begins with the first epoch: no state that lies on the way is left";
  return `begins with the first epoch: optim.schedule.kind=${schedule} makes the rate of each epoch depend on ` +
    `trainer.epochs, which was ${horizon.before} and is ${horizon.after}. Longer trainings go on where the schedule has no ` +
    `end (constant, steps, plateau, cosine_restarts), or where trainer.epochs stays and trainer.until_epoch grows`;
}
