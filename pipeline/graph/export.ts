/** The graph that makes a model for other programs of a run's checkpoint. */
import type { BackendName } from "../../lib/backend/backend_io.ts";
import type { TaskGraph } from "../engine/types.ts";
import type { ExportSlice } from "../stages/export.ts";
import { GraphBuilder } from "./builder.ts";
import type { PlannedNetwork } from "./network.ts";
import { tensorWork } from "./work.ts";

export interface ExportRequest {
  readonly network: PlannedNetwork;
  /** Absolute path of a safetensors file. */
  readonly path: string;
  /** What is told of the model. */
  readonly about: Omit<ExportSlice, "backend">;
}

/** @returns The task writes `model.onnx` and `about.json`. */
export function exportGraph(
  { network, path, about }: ExportRequest,
  { autoBackend }: { readonly autoBackend: BackendName },
): { readonly graph: TaskGraph; readonly task: string } {
  const builder = new GraphBuilder();
  const work = tensorWork(network.config, autoBackend);
  const slice: ExportSlice = { ...about, backend: work.backend };
  const task = builder.add({
    name: `export/${about.checkpoint}-${about.run}${about.dtype === "float32" ? "" : `-${about.dtype}`}`,
    stage: "export",
    kinds: network.modules,
    slice,
    inputs: { checkpoint: { kind: "external", path } },
    outputs: ["model.onnx", "about.json"],
    ...work.resources,
  });
  return { graph: builder.graph(), task };
}
