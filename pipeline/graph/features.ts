/** The tasks from recordings to the features of a split, as they are or with noise and at other levels. */
import type { Evaluated } from "../../lib/data/contract.ts";
import { conditionsIn, type Corruption, corruptionOf } from "../../lib/data/corruption/schema.ts";
import type { StepSpec } from "../../lib/frontends/contract.ts";
import { cachedSteps } from "../../lib/frontends/plan.ts";
import { type Condition, conditionKey } from "../../lib/records/condition.ts";
import type { SplitName } from "../../lib/records/example_index.ts";
import type { InputSource } from "../engine/types.ts";
import type { CorruptSlice } from "../stages/corrupt.ts";
import { type GraphBuilder, output } from "./builder.ts";
import { addSplit, type DataOptions, type Dataset, datasetLabel } from "./data.ts";
import { corruptSeconds, featureSeconds } from "./estimate.ts";
import { stepModules } from "./kind_modules.ts";
import type { PlannedNetwork } from "./network.ts";
import type { TensorWork } from "./work.ts";

/** What features are made of. */
export interface FeatureRequest {
  readonly split: SplitName;
  /** Classes of the checkpoint that is to be evaluated; null: to train. */
  readonly evaluated?: Evaluated;
  /** Under which the split is tested; null: the recordings as they are; absent: as training has them. */
  readonly condition?: Condition | null;
  /** Recordings as waves, whatever could be computed of them beforehand: for who has the front-end within. */
  readonly waves?: true;
}

/** Adds the tasks from recordings to the features of one split. @returns The file of features. */
export function addFeatures(
  builder: GraphBuilder,
  planned: PlannedNetwork,
  request: FeatureRequest,
  work: TensorWork,
  options: DataOptions,
): InputSource {
  const { config, kinds, chain } = planned;
  const { split, evaluated = null } = request;
  const augmented = split === "train" && kinds.augment.changes(config.augment).includes("waves");
  const steps: readonly StepSpec[] = augmented || request.waves ? [] : cachedSteps(chain);
  const dataset = { kind: kinds.dataset, config: config.dataset, evaluated };
  const corruption = corruptionFor(planned, request);
  const add = (steps: readonly StepSpec[], inputs: Readonly<Record<string, InputSource>>, suffix = "") => {
    const { name, axes } = chain.representations[steps.length]!;
    const bands = axes.find((axis) => axis.name === "band")?.size ?? "";
    const task = builder.add({
      name: `features/${datasetLabel(dataset)}-${name}${bands}-${split}${suffix}`,
      stage: "features",
      kinds: stepModules(steps),
      slice: { steps, backend: steps.length === 0 ? null : work.backend },
      inputs,
      outputs: ["features.safetensors"],
      seconds: featureSeconds(planned, split, steps.length > 0),
      ...(steps.length === 0 ? {} : work.resources),
    });
    return output(task, "features.safetensors");
  };
  const waves = (dataset: Dataset) => {
    const { recordings, index } = addSplit(builder, dataset, split, options);
    return { ...recordings, index };
  };
  if (corruption === null) return add(steps, waves(dataset));

  const suffix = `@${keyOf(corruption)}`;
  const { levels, gainDb, noise, seed } = corruption;
  const slice: CorruptSlice = { split, snr_db: [...levels], gain_db: gainDb, noise, seed };
  const wantsBackground = noise === "background" && levels.some((level) => level !== "clean");
  const background = wantsBackground ? backgroundOf(dataset) : undefined;
  const task = builder.add({
    name: `corrupt/${datasetLabel(dataset)}-${split}${suffix}`,
    stage: "corrupt",
    slice,
    inputs: {
      waves: add([], waves(dataset)),
      ...(background === undefined ? {} : { background: add([], waves(background)) }),
    },
    outputs: ["features.safetensors"],
    seconds: corruptSeconds(planned, split),
  });
  const changed = output(task, "features.safetensors");
  return steps.length === 0 ? changed : add(steps, { waves: changed }, suffix);
}

function corruptionFor(
  { config: { dataset } }: PlannedNetwork,
  { split, condition }: FeatureRequest,
): Corruption | null {
  if (condition === null) return null;
  const own = corruptionOf(dataset, split);
  return own === null || condition === undefined ? own : { ...own, levels: [condition.snrDb] };
}

function backgroundOf({ kind, config, evaluated }: Dataset): Dataset | undefined {
  const found = kind.background?.(config, evaluated);
  return found === undefined ? undefined : { kind, ...found };
}

function keyOf(corruption: Corruption): string {
  return conditionsIn(corruption).map(conditionKey).join("+");
}
