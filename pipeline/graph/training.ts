/** The tasks of one training. */
import { conditionsOf } from "../../lib/data/corruption/schema.ts";
import { toFile } from "../../lib/base/record.ts";
import { type Condition, conditionKey, conditionSchema } from "../../lib/records/condition.ts";
import type { SplitName } from "../../lib/records/example_index.ts";
import { hasHorizon } from "../../lib/train/schedule.ts";
import { RESUME_FILE } from "../../lib/records/resume.ts";
import type { InputSource } from "../engine/types.ts";
import { partGroupSchema } from "../config/schema.ts";
import { type GraphBuilder, type NewTask, output } from "./builder.ts";
import { addSplit, type DataOptions } from "./data.ts";
import { trainSeconds } from "./estimate.ts";
import { moduleOf } from "./kind_modules.ts";
import { addFeatures } from "./features.ts";
import type { PlannedNetwork } from "./network.ts";
import type { NamedRun } from "./run_names.ts";
import { addVoices } from "./stream.ts";
import { datasetSlice } from "./trained_on.ts";
import type { TensorWork } from "./work.ts";

export interface TrainingTasks {
  /** Names of tasks. */
  readonly train: string;
  readonly evaluate: string;
  /** Under which the run is tested besides, in the order of the configuration. */
  readonly conditions: readonly TestedCondition[];
  /** Features of the test split. */
  readonly test: InputSource;
  /** What `train` is told. */
  readonly slice: NewTask["slice"];
}

/** @property evaluate The task's name. */
export interface TestedCondition {
  readonly condition: Condition;
  readonly evaluate: string;
}

export function addTraining(
  builder: GraphBuilder,
  { description: { run }, usual }: NamedRun,
  planned: PlannedNetwork,
  work: TensorWork,
  options: DataOptions,
): TrainingTasks {
  const { config, shape, modules } = planned;
  const slice = { ...trainSlice(planned, work), dataset: datasetSlice(planned) };
  // One changes waves while another learns from them: with one thread for both, most of its time is waiting.
  const leastThreads = changesWaves(planned) && work.resources.threads !== 1 ? 2 : 1;
  const train = builder.add({
    name: `train/${run}`,
    alike: `train/${usual}`,
    stage: "train",
    kinds: trainModules(planned),
    slice,
    inputs: { ...trainingInputs(builder, planned, work, options), ...selectionInputs(builder, planned) },
    outputs: ["best.safetensors", "last.safetensors", "history.json", RESUME_FILE],
    goesOn: goesOn(slice),
    seconds: trainSeconds(planned) / leastThreads,
    ...work.resources,
    ...(leastThreads > 1 ? { leastThreads } : {}),
  });
  const split = "test";
  const test = addFeatures(builder, planned, { split, condition: null }, work, options);
  const { kinds: { dataset } } = planned;
  const { index } = addSplit(
    builder,
    { kind: dataset, config: config.dataset, evaluated: null },
    split,
    options,
  );
  const evaluated = (examples: InputSource, suffix: string, condition: Condition | null) =>
    builder.add({
      name: `evaluate/${run}${suffix}`,
      alike: `evaluate/${usual}`,
      stage: "evaluate",
      kinds: modules,
      slice: evaluateSlice({ config, shape }, { split, condition }, work),
      inputs: {
        examples,
        index,
        best: output(train, "best.safetensors"),
        last: output(train, "last.safetensors"),
      },
      outputs: ["metrics.json", "predictions.json"],
      ...work.resources,
    });
  const conditions = conditionsOf(config.dataset, split).map((condition) => {
    const examples = addFeatures(builder, planned, { split, condition }, work, options);
    return { condition, evaluate: evaluated(examples, `@${conditionKey(condition)}`, condition) };
  });
  return { train, evaluate: evaluated(test, "", null), conditions, test, slice };
}

function changesWaves({ kinds, config }: PlannedNetwork): boolean {
  return kinds.augment.changes(config.augment).includes("waves");
}

/** Kinds of a network and of how it is trained. */
export function trainModules({ modules, config: { augment, optim, trainer } }: PlannedNetwork): string[] {
  return [
    ...modules,
    moduleOf("augment", augment.kind),
    moduleOf("train/optimizers", optim.kind),
    moduleOf("train/selections", trainer.select),
  ];
}

export function trainSlice(planned: PlannedNetwork, { backend }: TensorWork) {
  const { config, shape } = planned;
  const { augment, trainer: { test: _, until_epoch, ...trainer }, optim, seed } = config;
  const part = {
    ...trainer,
    epochs: until_epoch ?? trainer.epochs,
    // Where rates know no end, a part is the same as a shorter training.
    horizon_epochs: hasHorizon(optim.schedule) ? trainer.epochs : null,
  };
  return { ...shape, augment, optim: optimSlice(planned), trainer: part, seed, backend };
}

/** Trainings that differ in nothing but in when they end go through the same states. */
function goesOn({ trainer, ...slice }: ReturnType<typeof trainSlice>): NonNullable<NewTask["goesOn"]> {
  const { epochs, patience: _, minutes, ...rest } = trainer;
  return {
    shared: { ...slice, trainer: rest },
    output: RESUME_FILE,
    length: minutes === null ? epochs : null,
  };
}

export function evaluateSlice(
  { config, shape }: Pick<PlannedNetwork, "config" | "shape">,
  { split, condition }: { readonly split: SplitName; readonly condition: Condition | null },
  { backend }: TensorWork,
) {
  const { trainer: { batch_size, test, freeze_model }, groups } = config;
  const under = condition === null ? null : toFile(conditionSchema, condition);
  return {
    ...shape,
    ...(freeze_model && { freeze_model }),
    split,
    condition: under,
    batch_size,
    tested: test,
    groups,
    backend,
  };
}

/** Features to learn from and to be validated on, and the checkpoint to start from if there is one. */
export function trainingInputs(
  builder: GraphBuilder,
  planned: PlannedNetwork,
  work: TensorWork,
  options: DataOptions,
): Readonly<Record<string, InputSource>> {
  const { init_from } = planned.config;
  return {
    train: addFeatures(builder, planned, { split: "train" }, work, options),
    validation: addFeatures(builder, planned, { split: "validation" }, work, options),
    ...(init_from === null ? {} : { init: { kind: "external", path: init_from } as const }),
  };
}

/** The first minutes of the development stream, where states listen to it. */
function selectionInputs(
  builder: GraphBuilder,
  planned: PlannedNetwork,
): Readonly<Record<string, InputSource>> {
  const { kinds: { selection, dataset }, config: { stream, dataset: data }, frontend } = planned;
  if (!selection.listens || stream === undefined) return {};
  const made = dataset.streams?.(data);
  if (made === undefined) return {};
  const minutes = stream.select_minutes;
  const audio = addVoices(builder, "development", { planned, ...made }, { ...stream, minutes });
  const task = builder.add({
    name: `stream_waves/voices-development-${minutes}min`,
    stage: "stream_waves",
    slice: { sample_rate: frontend.sample_rate },
    inputs: { audio },
    outputs: ["stream.safetensors"],
  });
  return { stream: output(task, "stream.safetensors") };
}

/** The optimizer's own values apart from what all of them share, and groups of further parts as far as they are trained. */
function optimSlice({ config, kinds, chain }: PlannedNetwork) {
  const { schedule, model, stft, mel, other } = config.optim;
  const own = Object.keys(kinds.optim.schema.shape);
  const usual = { model, stft, mel };
  const trained = new Set(chain.specs.filter((spec) => spec.trainable).map(({ group }) => group));
  const further = [...trained].filter((group) => !Object.hasOwn(usual, group));
  return {
    rule: Object.fromEntries(own.map((key) => [key, config.optim[key]!])),
    schedule,
    ...usual,
    parts: Object.fromEntries(
      further.map((group) => [group, { ...other, ...partGroupSchema.parse(config.optim[group]) }]),
    ),
  };
}
