/** From what a command line asks for to configurations and their graph. */
import type { BackendName } from "../../../lib/backend/activate.ts";
import { isSoftwareAdapter, requestAdapter } from "../../../lib/backend/adapter.ts";
import { detectBackend } from "../../../lib/backend/detect_io.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { readSmallText } from "../../../lib/base/read_text_io.ts";
import { parseSources } from "../../../lib/download/sources.ts";
import { frontendContext } from "../../config/check.ts";
import { besideByDefault, defaultAxes, quickByDefault } from "../../config/compose.ts";
import { chooseExecutor, type ChosenExecutor, isExecutorOverride } from "../../executors/choose.ts";
import { parseOverride } from "../../config/override.ts";
import { expandSweep, type Sweep } from "../../config/sweep.ts";
import { sweepFile } from "../../config/sweep_file.ts";
import type { DataOptions } from "../../graph/data.ts";
import { type RunGraph, runGraph } from "../../graph/runs.ts";
import { isStoreOverride } from "../../remote/settings.ts";
import { withoutEmptyLists } from "../../config/exclude_lists_io.ts";
import type { ExecutorFlags } from "./flags.ts";
import type { Project } from "./project_io.ts";
import { axisOverrides, commandOf, type Request } from "./request.ts";
import { DEFAULT_TASK } from "../../config/tasks.ts";

/** Where tasks are to run. @throws {UserError} "bad-config", "usage": see {@link chooseExecutor}. */
export async function executorOf(
  { conf }: Project,
  { executor, overrides }: ExecutorFlags,
): Promise<ChosenExecutor> {
  return await chooseExecutor(conf, executor, overrides.map(parseOverride));
}

export async function expandRequest(project: Project, request: Request): Promise<Sweep> {
  const typed = [...axisOverrides(request), ...request.overrides].map(parseOverride)
    .filter((override) => !isExecutorOverride(override) && !isStoreOverride(override));
  const overrides = await withoutEmptyLists(typed, project.conf.folders.typed);
  const main = project.conf.main(request.task);
  const quick = request.quick === true ? quickByDefault(main) : [];
  if (request.kind === "compare") {
    const beside = quick.length > 0 || overrides.length > 0 ? [] : besideByDefault(main);
    return await expandSweep(project.conf, request.task, overrides, [...defaultAxes(main), ...quick], beside);
  }
  const written = request.config === undefined ? [] : sweepFile(project.conf, request.config);
  return await expandSweep(project.conf, request.task, overrides, [...quick, ...written]);
}

/**
 * @param gpus Graphics cards that a task gets where it runs; null: those of this machine.
 * @throws {UserError} "backend-unavailable": a run wants WebGPU and there is no hardware adapter.
 */
export async function graphOf(
  project: Project,
  sweep: Sweep,
  request: Request,
  gpus: number | null = null,
): Promise<RunGraph> {
  await checkStarts(sweep);
  const axes = sweep.axes.map((axis) => axis.split(".").at(-1)!);
  const subject = sweep.points[0]!.kinds.task.title;
  return await runGraph(sweep, {
    ...await graphOptions(project, sweep, gpus),
    title: request.kind === "compare"
      ? subject
      : `${subject}: ${request.config ?? `sweep over ${axes.join(", ") || "one run"}`}`,
    name: request.kind === "compare" ? request.task : [
      ...(request.task === DEFAULT_TASK ? [] : [request.task]),
      "sweep",
      ...(request.config === undefined ? axes : [request.config]),
    ].join("-"),
    command: commandAgain(request),
    images: request.images ?? false,
    audio: request.audio ?? "errors",
    missing: request.missing ?? [],
  });
}

/** What to type to have the same again, wherever it runs and is kept. */
export function commandAgain(request: Request): string {
  return commandOf(
    request,
    (word) => [isExecutorOverride, isStoreOverride].some((is) => is(parseOverride(word))),
  );
}

/** Before anything is planned: contents decide keys, and what is no checkpoint may have gigabytes, or no end. */
async function checkStarts({ points }: Sweep): Promise<void> {
  const files = new Set(points.flatMap(({ config }) => config.init_from ?? []));
  if (files.size === 0) return;
  const { checkTensors } = await import("../../../lib/formats/safetensors_io.ts");
  for (const file of files) checkTensors(file);
}

/**
 * Before anything runs, as trainings would come before what listens to them. Commands that only look do without: what is
 * packed is decoded for it.
 *
 * @throws {UserError} `bad-audio`, `bad-dataset`.
 */
export async function checkStreams({ points }: Sweep): Promise<void> {
  const asked = points.flatMap(({ config, kinds }) => {
    const { sampleRate, clipSamples } = frontendContext(config, kinds);
    const { root, labels, development_root, development_labels } = config.stream ?? {};
    return [[root, labels], [development_root, development_labels]].flatMap(([path, own]) =>
      typeof path === "string" && clipSamples !== null
        ? [{ path, labels: own ?? null, sampleRate, clipSamples }]
        : []
    );
  });
  const different = new Map(asked.map((stream) => [JSON.stringify(stream), stream]));
  if (different.size === 0) return;
  const { streamCheck } = await import("../../../lib/stream/source_io.ts");
  const checkStream = streamCheck();
  for (const { path, labels, ...clip } of different.values()) await checkStream(path, clip, labels);
}

/** What every graph must know besides configurations: files beside them, and what `backend=auto` means where tasks run. */
export async function graphOptions(
  { root }: Project,
  sweep: Sweep,
  gpus: number | null,
): Promise<DataOptions & { readonly autoBackend: BackendName }> {
  const path = `${root}/data/sources.json`;
  return {
    autoBackend: await autoBackendFor(sweep, gpus),
    // Archives are put by hand into data/raw.
    downloads: { sources: () => parseSources(readSmallText(path), path), byHand: `${root}/data/raw` },
  };
}

/**
 * Looked for only if a run asks.
 * @param gpus Graphics cards that a task gets; null: those of this machine, the only ones that can be looked at.
 * @throws {UserError} "backend-unavailable": a run wants WebGPU here and there is no hardware adapter.
 */
async function autoBackendFor(sweep: Sweep, gpus: number | null): Promise<BackendName> {
  if (gpus !== null) return gpus > 0 ? "webgpu" : "wasm";
  const kinds = new Set(sweep.points.map((p) => p.config.backend.kind));
  if (kinds.has("webgpu")) await requireHardwareAdapter();
  return kinds.has("auto") ? await detectBackend() : "wasm";
}

/** Before anything runs: a graph that ends at a missing adapter would waste the stages before it. */
async function requireHardwareAdapter(): Promise<void> {
  const adapter = await requestAdapter();
  if (adapter !== null && !isSoftwareAdapter(adapter)) return;
  const found = adapter === null
    ? "no adapter"
    : `only ${adapter.info.description || "an unnamed adapter"}, which computes on the CPU`;
  throw new UserError(
    "backend-unavailable",
    `Cannot use backend=webgpu: found ${found}, wanted a graphics card. Install its Vulkan driver (Debian, Ubuntu: ` +
      `mesa-vulkan-drivers for AMD and Intel, NVIDIA's own driver package), or use backend=wasm, which runs everywhere.`,
  );
}
