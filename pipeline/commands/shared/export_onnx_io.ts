/** A run's checkpoint as a model of ONNX, made by a task of the store like everything else. */
import type { Json } from "../../../lib/base/json.ts";
import type { Dtype } from "../../../lib/onnx/export.ts";
import { metadataValues } from "../../../lib/onnx/metadata.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { plainNames } from "../../../lib/formats/plain_names.ts";
import { parseCheckpoint } from "../../../lib/records/checkpoint.ts";
import { DEFAULT_TASK } from "../../config/tasks.ts";
import { planCheckpoint } from "../../graph/checkpoint.ts";
import { checkpointConfig } from "../../graph/checkpoint_config.ts";
import { exportGraph } from "../../graph/export.ts";
import type { ExportSource } from "./exported_io.ts";
import { tell } from "../../reporters/print_io.ts";
import { dataPathsOf } from "./data_paths_io.ts";
import { executeGraph, resultOf } from "./execute_io.ts";
import type { ExecutionFlags, ExecutorFlags } from "./flags.ts";
import type { Project } from "./project_io.ts";
import { executorOf, expandRequest, graphOptions } from "./request_io.ts";

export interface OnnxRequest {
  readonly run: string;
  readonly id: string;
  readonly checkpoint: ExportSource["checkpoint"];
  readonly dtype: Dtype;
  readonly quantise: "int8" | null;
  readonly streaming: { readonly frames: number | null } | null;
  /** Of the checkpoint, sound. */
  readonly path: string;
  readonly sha256: string;
}

export interface OnnxFile {
  /** In the store. */
  readonly path: string;
  readonly sha256: string;
  /** What the file says of itself. */
  readonly about: Readonly<Record<string, Json>>;
}

/** @returns Null after a dry run; undefined if it failed, which has been told. */
export async function makeOnnx(
  project: Project,
  { path, id, ...wanted }: OnnxRequest,
  flags: ExecutionFlags & ExecutorFlags,
): Promise<OnnxFile | null | undefined> {
  const file = readTensors(path);
  const said = parseCheckpoint(file.metadata, path);
  const task = said?.task ?? DEFAULT_TASK;
  const expand = (overrides: readonly string[]) => expandRequest(project, { kind: "sweep", task, overrides });
  const { quantise, run } = wanted;
  const { sweep, data, ...typed } = await checkpointConfig(
    project.conf,
    { called: run, said, paths: dataPathsOf(project, flags.store, said) },
    flags.overrides,
    expand,
    quantise === null ? "asked" : "read",
  );
  const { network, classes } = await planCheckpoint(typed, {
    path,
    said,
    tensors: plainNames(file.tensors, path),
  });
  if (quantise !== null) tell(data.line);
  const executor = await executorOf(project, flags);
  const about = { ...wanted, run_id: id };
  const { graph, task: made } = exportGraph(
    { network, classes, path, about },
    await graphOptions(project, sweep, executor.gpus),
  );
  const done = await executeGraph(project, graph, executor, flags, { jsonEvents: false });
  if (done === undefined) return null;
  if (!done.complete) return undefined;
  const { outputs } = (await resultOf(done, made))!;
  const [model, text] = [outputs["model.onnx"]!, outputs["about.json"]!];
  return {
    path: await done.store.soundPath(model, "model.onnx"),
    sha256: model.digest,
    about: metadataValues(JSON.parse(await done.store.readText(text, "about.json"))),
  };
}
