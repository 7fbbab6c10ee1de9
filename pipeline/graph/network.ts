/** What of a run decides its network and its features, planned once. */
import { UserError } from "../../lib/base/errors.ts";
import { makeFrontend } from "../../lib/frontends/front_end.ts";
import {
  cachedSteps,
  type Chain,
  idleText,
  planSteps,
  type SpectrumCoverage,
  spectrumCoverage,
} from "../../lib/frontends/plan.ts";
import type { FrontendSpec, StepSpec } from "../../lib/frontends/contract.ts";
import type { SplitName } from "../../lib/records/example_index.ts";
import { type Checked, frontendContext } from "../config/check.ts";
import { type GraphBuilder, output } from "./builder.ts";
import { addSplit, type DataOptions, datasetLabel } from "./data.ts";
import { featureSeconds } from "./estimate.ts";
import { networkModules, stepModules } from "./kind_modules.ts";
import type { InputSource } from "../engine/types.ts";
import type { TensorWork } from "./work.ts";

export interface PlannedNetwork extends Checked {
  readonly frontend: FrontendSpec;
  readonly chain: Chain;
  readonly coverage: SpectrumCoverage;
  /** Modules of all kinds that the network and its task are made of. */
  readonly modules: readonly string[];
  /** What tells one network from another, as slices begin. */
  readonly shape: {
    readonly task: string;
    readonly frontend: FrontendSpec;
    readonly model: Checked["config"]["model"];
  };
}

/**
 * @param trained Parts of the front-end that are trained; absent: those of the setting.
 * @throws {UserError} `bad-config` if most of its bands would be constant.
 */
export async function planNetwork(checked: Checked, trained?: readonly string[]): Promise<PlannedNetwork> {
  const { config, kinds } = checked;
  const context = frontendContext(config, kinds);
  const frontend = await makeFrontend(config.frontend, { ...context, trained: trained ?? context.trained });
  const planned = await planFrontend(checked, frontend);
  const { coverage } = planned;
  const { bands, empty, masked } = coverage;
  if (empty <= bands / 2 && (bands === 0 || empty + masked < bands)) return planned;
  throw new UserError(
    "bad-config",
    `Cannot train on this spectrogram, most of which is empty. ${idleText(coverage)}`,
  );
}

/** The same for a front-end that is known already. */
export async function planFrontend(checked: Checked, frontend: FrontendSpec): Promise<PlannedNetwork> {
  const { task, model } = checked.config;
  const chain = await planSteps(frontend.steps);
  return {
    ...checked,
    frontend,
    chain,
    coverage: spectrumCoverage(chain),
    modules: networkModules(checked, frontend.steps),
    shape: { task, frontend, model },
  };
}

/**
 * Adds the tasks from recordings to the features of one split.
 * @param evaluated Classes of the checkpoint that is to be evaluated; null: to train.
 * @returns The file of features.
 */
export function addFeatures(
  builder: GraphBuilder,
  planned: PlannedNetwork,
  split: SplitName,
  { backend, resources }: TensorWork,
  options: DataOptions,
  evaluated: readonly string[] | null = null,
): InputSource {
  const { config, kinds, chain } = planned;
  const augmented = split === "train" && kinds.augment.changes(config.augment).includes("waves");
  const steps: readonly StepSpec[] = augmented ? [] : cachedSteps(chain);
  const dataset = { kind: kinds.dataset, config: config.dataset, evaluated };
  const { name, axes } = chain.representations[steps.length]!;
  const bands = axes.find((axis) => axis.name === "band")?.size ?? "";
  const data = addSplit(builder, dataset, split, options);
  const task = builder.add({
    name: `features/${datasetLabel(dataset)}-${name}${bands}-${split}`,
    stage: "features",
    kinds: stepModules(steps),
    slice: { steps, backend: steps.length === 0 ? null : backend },
    inputs: { ...data.recordings, index: data.index },
    outputs: ["features.safetensors"],
    seconds: featureSeconds(planned, split, steps.length > 0),
    ...(steps.length === 0 ? {} : resources),
  });
  return output(task, "features.safetensors");
}
