/** What the tasks from recordings to features share, whatever is recognised. */
import { frozenPrefix } from "../lib/frontends/spec.ts";
import type { FrontendSpec } from "../lib/frontends/spec.ts";
import type { RunConfig } from "./config/schema.ts";
import type { DownloadOptions } from "./graph/archive.ts";
import { frontendSpec } from "./frontend_spec.ts";
import type { NewTask } from "./graph_builder.ts";

/** A backend that a task can be told to use; `auto` has been decided before the graph is made. */
export type ConcreteBackend = "webgpu" | "wasm" | "cpu";

/** Where recordings come from. */
export interface DataOptions {
  /** Makes a folder named in the configuration absolute. */
  resolvePath(path: string): string;
  readonly downloads: DownloadOptions;
}

/** How a run computes. */
export interface DataWork {
  readonly frontend: FrontendSpec;
  readonly backend: ConcreteBackend;
  /** What a task with tensors may use. */
  readonly tensorWork: Pick<NewTask, "gpu" | "threads" | "packages" | "v8Flags">;
}

/** Batches are divided by clip: beyond this, threads get too few of them to be worth waking. */
const MOST_THREADS = 16;
/**
 * V8 leaves out the check of each WebAssembly memory access and joins pairs of 128-bit operations. A wrong address
 * would then corrupt memory where it now stops the program: for those who want the speed.
 */
const FAST_V8_FLAGS = ["--no-wasm-bounds-checks", "--experimental-wasm-revectorize"];
const TENSOR_PACKAGES = ["@tensorflow/tfjs-backend-wasm"];

export function dataWork(config: RunConfig, autoBackend: ConcreteBackend): DataWork {
  const backend = config.backend.kind === "auto" ? autoBackend : config.backend.kind;
  return {
    frontend: frontendSpec(config),
    backend,
    tensorWork: {
      gpu: backend === "webgpu" ? 1 : 0,
      threads: backend === "wasm" ? MOST_THREADS : 1,
      packages: backend === "cpu" ? [] : TENSOR_PACKAGES,
      v8Flags: config.backend.fast && backend === "wasm" ? FAST_V8_FLAGS : [],
    },
  };
}

type AnyDataset = RunConfig["dataset"];

/** Folders of recordings go by their own names, so that two of them are told apart. */
export function datasetName(dataset: AnyDataset): string {
  if (dataset.kind !== "folder" && dataset.kind !== "kaldi") return dataset.kind;
  return dataset.root!.split(/[\\/]/).filter(Boolean).at(-1)?.replace(/[^\w.+-]+/g, "_") ?? dataset.kind;
}

/** Whether the data set is its task's default: results are not named after it. */
export function isSynthetic({ kind }: AnyDataset): boolean {
  return kind === "spoken_mini" || kind === "spoken_sentences";
}

/** Name of the task that makes features. */
export function featuresName(dataset: AnyDataset, frontend: FrontendSpec): string {
  const representation = frozenPrefix(frontend);
  const bands = representation === "logmel" || representation === "decibels" ? frontend.nMels : "";
  return `features/${datasetName(dataset)}-${representation}${bands}`;
}
