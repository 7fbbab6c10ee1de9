/**
 * The schema of a configuration: what all runs have, and a group for each kind that one is made of, as the kind says.
 * Every key is required after composition: defaults live in `conf/`. Pure.
 */
import { z } from "zod";
import type { AugmentKind, AugmentSpec } from "../../lib/augment/contract.ts";
import { AUGMENTATIONS } from "../../lib/augment/kinds.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { type KindList, loadKind } from "../../lib/base/kinds.ts";
import type { DataKind, DataSpec } from "../../lib/data/contract.ts";
import { DATA_SETS } from "../../lib/data/kinds.ts";
import { COMPRESSIONS } from "../../lib/frontends/compressions/kinds.ts";
import {
  type CompressionConfig,
  type CompressionKind,
  type FrontendConfig,
  type FrontendKind,
  type Setting,
  SETTINGS,
} from "../../lib/frontends/contract.ts";
import { FRONTENDS } from "../../lib/frontends/kinds.ts";
import { partsOf } from "../../lib/frontends/parts.ts";
import type { ModelKind, ModelSpec } from "../../lib/models/contract.ts";
import { MODELS } from "../../lib/models/kinds.ts";
import type { TaskKind } from "../../lib/tasks/contract.ts";
import { TASKS } from "../../lib/tasks/kinds.ts";
import type { OptimizerKind } from "../../lib/train/optimizers/contract.ts";
import { OPTIMIZERS } from "../../lib/train/optimizers/kinds.ts";
import { type StreamConfig, streamSchema } from "./stream_schema.ts";
import type { SelectionKind } from "../../lib/train/selections/contract.ts";
import { SELECTIONS } from "../../lib/train/selections/kinds.ts";
import { courseShape, groupSchema, optimSchema, testedShape, trainerSchema } from "../../lib/train/spec.ts";

/** The kinds that a configuration names. */
export interface ConfiguredKinds {
  readonly task: TaskKind;
  readonly dataset: DataKind;
  readonly frontend: FrontendKind;
  readonly compression: CompressionKind;
  readonly model: ModelKind;
  readonly augment: AugmentKind;
  readonly optim: OptimizerKind;
  readonly selection: SelectionKind;
}

/** Where the kinds of a group are listed; a group's `kind` names one of them. */
export const FAMILIES = {
  dataset: DATA_SETS,
  frontend: FRONTENDS,
  compression: COMPRESSIONS,
  model: MODELS,
  augment: AUGMENTATIONS,
  optim: OPTIMIZERS,
} as const;

export type Family = keyof typeof FAMILIES;

/** Which parts of the front-end are trained: A to D stand for lists of them. */
const setting = z.enum(SETTINGS);
/** The list itself; null: that of the setting. */
const trained = z.array(z.string()).nullable();

const shared = {
  seed: z.int().min(0),
  init_from: z.string().min(1).nullable(),
  backend: z.strictObject({ kind: z.enum(["auto", "webgpu", "wasm", "cpu"]), fast: z.boolean() }),
};

const trainer = trainerSchema.extend({ ...courseShape, ...testedShape });
const optimizing = {
  schedule: optimSchema.shape.schedule,
  model: groupSchema,
  stft: groupSchema,
  mel: groupSchema,
  /** Of parts that have no group of their own, and of those of theirs whatever they leave out. */
  other: groupSchema,
};

/** The group of a further part, as far as it is not as `other` has it. */
export const partGroupSchema = groupSchema.partial().optional();

/** One run's configuration, composed, checked and frozen: in its file form, as slices take it over. */
export interface RunConfig extends Readonly<z.output<z.ZodObject<typeof shared>>> {
  readonly task: string;
  /** What is trained; null: a list that no setting stands for, which is {@link frontend}'s then and else null. */
  readonly setting: Setting | null;
  readonly dataset: DataSpec;
  readonly frontend: FrontendConfig & Readonly<{ trained: readonly string[] | null }>;
  readonly compression: CompressionConfig;
  readonly model: ModelSpec;
  readonly augment: AugmentSpec;
  readonly optim: JsonObject & { readonly kind: string } & Readonly<z.output<z.ZodObject<typeof optimizing>>>;
  readonly trainer: Readonly<z.output<typeof trainer>>;
  /** What it listens to for long; absent: the task's main file has no such group. */
  readonly stream?: StreamConfig;
  /** The task's own groups, by name. */
  readonly groups: Readonly<Record<string, JsonObject>>;
}

/** @param name Of a task. @param selection Of `trainer.select`. @param kinds By family, the names that a configuration has. */
export async function loadKinds(
  name: string,
  selection: string,
  kinds: Readonly<Record<Family, string>>,
): Promise<ConfiguredKinds> {
  const load = <Kind>(family: Family, list: KindList<Kind>) => loadKind(list, kinds[family], family);
  const [task, dataset, frontend, compression, model, augment, optim, selected] = await Promise.all([
    loadKind<TaskKind>(TASKS, name, "task"),
    load<DataKind>("dataset", DATA_SETS),
    load<FrontendKind>("frontend", FRONTENDS),
    load<CompressionKind>("compression", COMPRESSIONS),
    load<ModelKind>("model", MODELS),
    load<AugmentKind>("augment", AUGMENTATIONS),
    load<OptimizerKind>("optim", OPTIMIZERS),
    loadKind<SelectionKind>(SELECTIONS, selection, "trainer.select"),
  ]);
  return { task, dataset, frontend, compression, model, augment, optim, selection: selected };
}

/** Of the whole configuration, the task's own groups beside the others. */
export function schemaOf(
  { task, dataset, frontend, compression, model, augment, optim }: Omit<ConfiguredKinds, "selection">,
) {
  const further = Object.keys(partsOf({ frontend, compression })).filter((part) => !(part in optimizing));
  return z.strictObject({
    task: z.string(),
    setting,
    ...shared,
    dataset: dataset.schema,
    frontend: z.strictObject({ ...frontend.schema.shape, trained }),
    compression: compression.group,
    model: model.schema,
    augment: augment.schema,
    optim: z.strictObject({
      ...optim.schema.shape,
      ...optimizing,
      ...Object.fromEntries(further.map((part) => [part, partGroupSchema])),
    }),
    trainer: trainer.extend({ sampler: z.enum(task.samplers) }),
    stream: streamSchema.optional(),
    ...task.groups,
  });
}
