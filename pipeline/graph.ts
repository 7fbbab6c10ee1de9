/** From configurations to tasks. Alone knows which stage feeds which. */
import { sha256Json } from "../lib/base/digest.ts";
import type { Json } from "../lib/base/json.ts";
import type { FrontendSpec } from "../lib/frontends/spec.ts";
import { addUtteranceFeatures } from "./asr_data.ts";
import type { Point, Sweep } from "./config/sweep.ts";
import type { RunConfig } from "./config/schema.ts";
import {
  type ConcreteBackend,
  type DataOptions,
  datasetName,
  type DataWork,
  dataWork,
  isSynthetic,
} from "./data_work.ts";
import type { InputSource, TaskGraph } from "./engine/types.ts";
import { frontendVariant, VARIANT_KEYS } from "./frontend_spec.ts";
import { GraphBuilder, output } from "./graph_builder.ts";
import { addClipFeatures } from "./kws_data.ts";
import { addReport, type ReportTasks } from "./report_graph.ts";
import { EVENT_FILE } from "./report/event_file.ts";
import type { RunDescription } from "./report/results.ts";
import type { TensorboardSlice } from "./stages/tensorboard_before.ts";
import { repeatsSeeds } from "./report/summary.ts";
import { type RunStages, stagesOf } from "./run_stages.ts";
import type { AggregateSlice } from "./stages/aggregate_keywords.ts";

export interface RunPlan {
  readonly description: RunDescription;
  readonly config: RunConfig;
  readonly frontend: FrontendSpec;
  /** Names of the run's tasks. */
  readonly train: string;
  readonly evaluate: string;
  /** Shared with other runs. */
  readonly features: string;
  /** What `train` is told. */
  readonly training: TensorboardSlice["training"];
}

/** A run with the task that writes its event file. */
export interface ShownRunPlan extends RunPlan {
  readonly tensorboard: string;
}

/** The runs of a sweep, all of one task, and what compares and shows them. */
export interface RunGraph extends ReportTasks {
  readonly graph: TaskGraph;
  readonly runs: readonly ShownRunPlan[];
  /** Name of the task that compares the runs. */
  readonly aggregate: string;
}

export interface GraphOptions extends DataOptions {
  /** What `backend=auto` means on this machine. */
  readonly autoBackend: ConcreteBackend;
  /** Heading of the table. */
  readonly title: string;
  /** Draw the report's figures as PNG too. */
  readonly images?: boolean;
  /** Name of the `aggregate` task after its stage: `kws`, `sweep-n_mels`. */
  readonly name: string;
}

/** @param sweep At least one point; all are of one task. */
export function runGraph(sweep: Sweep, options: GraphOptions): RunGraph {
  const builder = new GraphBuilder();
  const runs = uniqueRuns(sweep).map((point) => addRun(builder, point, sweep, options));
  const slice: AggregateSlice = { title: options.title, runs: runs.map((r) => r.description) };
  const inputs: Record<string, InputSource> = {};
  for (const { description, train, evaluate } of runs) {
    inputs[`metrics:${description.run}`] = { kind: "task", task: evaluate, output: "metrics.json" };
    inputs[`history:${description.run}`] = { kind: "task", task: train, output: "history.json" };
  }
  const aggregate = builder.add({
    name: `aggregate/${[options.name, ...folderNames(sweep)].join("-")}`,
    stage: "aggregate",
    module: runs[0]!.config.task === "asr" ? "aggregate_recognizers" : "aggregate_keywords",
    slice,
    inputs,
    outputs: [
      "results.json",
      "results.csv",
      "results.md",
      ...(repeatsSeeds(slice.runs) ? ["summary.csv"] : []),
    ],
  });
  const shown = addReport(builder, {
    task: runs[0]!.config.task,
    title: options.title,
    aggregate,
    records: inputs,
    runs,
    images: options.images ?? false,
  });
  const withEvents = runs.map((run) => ({
    ...run,
    tensorboard: addTensorboard(builder, run, shown.probes.get(run.description.run)),
  }));
  return { graph: builder.graph(), runs: withEvents, aggregate, ...shown };
}

function addRun(builder: GraphBuilder, point: Point, sweep: Sweep, options: GraphOptions): RunPlan {
  const { config } = point;
  const description = describeRun(point, sweep);
  const { frontend, tensorWork, features, stages } = addFeatures(builder, config, options);
  const train = builder.add({
    name: `train/${description.run}`,
    ...stages.train,
    inputs: trainingInputs(features, config, options),
    outputs: ["best.safetensors", "last.safetensors", "history.json"],
    ...tensorWork,
  });
  const evaluate = builder.add({
    name: `evaluate/${description.run}`,
    ...stages.evaluate,
    inputs: {
      test: output(features, "test.safetensors"),
      best: output(train, "best.safetensors"),
      last: output(train, "last.safetensors"),
    },
    outputs: ["metrics.json"],
    ...tensorWork,
  });
  return { description, config, frontend, train, evaluate, features, training: stages.train.slice };
}

/** @param probe Of a run whose front-end was trained: spectrograms come from there. */
function addTensorboard(
  builder: GraphBuilder,
  { description, train, evaluate, training }: RunPlan,
  probe: string | undefined,
): string {
  const slice: TensorboardSlice = { training };
  return builder.add({
    name: `tensorboard/${description.run}`,
    stage: "tensorboard",
    module: "tensorboard_before",
    slice,
    inputs: {
      history: output(train, "history.json"),
      best: output(train, "best.safetensors"),
      last: output(train, "last.safetensors"),
      metrics: output(evaluate, "metrics.json"),
      ...(probe === undefined ? {} : { probe: output(probe, "probe.safetensors") }),
    },
    outputs: [EVENT_FILE],
  });
}

/** What every task on features needs to know. */
interface FeatureWork extends DataWork {
  /** Name of the task that makes one file of features for each split. */
  readonly features: string;
  readonly stages: RunStages;
}

/** The tasks from recordings to features. */
export function addFeatures(
  builder: GraphBuilder,
  config: RunConfig,
  options: DataOptions & Pick<GraphOptions, "autoBackend">,
): FeatureWork {
  const work = dataWork(config, options.autoBackend);
  const features = config.task === "asr"
    ? addUtteranceFeatures(builder, config, work, options)
    : addClipFeatures(builder, config, work, options);
  return { ...work, features, stages: stagesOf(config, work) };
}

/** Features to learn from and to be validated on, and the checkpoint to start from if there is one. */
export function trainingInputs(
  features: string,
  { init_from }: Pick<RunConfig, "init_from">,
  { resolvePath }: Pick<DataOptions, "resolvePath">,
): Readonly<Record<string, InputSource>> {
  return {
    train: output(features, "train.safetensors"),
    validation: output(features, "validation.safetensors"),
    ...(init_from === null ? {} : { init: { kind: "external", path: resolvePath(init_from) } as const }),
  };
}

function folderNames(sweep: Sweep): string[] {
  const datasets = sweep.points.map((point) => point.config.dataset).filter((dataset) =>
    !isSynthetic(dataset)
  );
  return [...new Set(datasets.map(datasetName))];
}

/** Keys that every run's name tells. */
const NAMED_AXES = [
  "setting",
  "frontend",
  "model",
  "frontend.n_mels",
  "seed",
  "dataset.output",
  ...VARIANT_KEYS,
];

export function describeRun(point: Point, sweep: Sweep): RunDescription {
  const { task, dataset, frontend, model, setting, seed } = point.config;
  const other = Object.fromEntries(
    sweep.axes.filter((a) => !NAMED_AXES.includes(a)).map((a) => [a, point.axes[a]!]),
  );
  const output = "output" in dataset && dataset.output !== "phone" ? dataset.output : null;
  const variant = frontendVariant(frontend);
  const base = [
    ...(task === "kws" ? [] : [task]),
    ...(isSynthetic(dataset) ? [] : [datasetName(dataset)]),
    ...(output === null ? [] : [output]),
    model.kind,
    frontend.kind,
    ...variant.words,
    setting,
    `mel${frontend.n_mels}`,
    `seed${seed}`,
  ].join("-");
  const extra = Object.entries(other).map(([key, value]) =>
    `-${key.split(".").slice(key.startsWith("optim.") ? -2 : -1).join(".")}=${fileSafe(value)}`
  )
    .join("");
  return {
    run: base + extra,
    setting,
    frontend: frontend.kind,
    model: model.kind,
    n_mels: frontend.n_mels,
    seed,
    other: { ...other, ...variant.values, ...(output === null ? {} : { "dataset.output": output }) },
  };
}

function fileSafe(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w.+-]{1,40}$/.test(text) ? text : sha256Json(value).slice(0, 8);
}

/** Points that came out equal (two spellings of one value) are one run. */
export function uniqueRuns(sweep: Sweep): Point[] {
  // A checked configuration has its keys in the schema's order, so that equal ones are worded the same.
  return [...new Map(sweep.points.map((p) => [JSON.stringify(p.config), p])).values()];
}
