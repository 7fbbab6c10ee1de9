/** The graph that makes a model for other programs of a run's checkpoint. */
import type { BackendName } from "../../lib/backend/backend_io.ts";
import type { TaskGraph } from "../engine/types.ts";
import type { ExportSlice } from "../stages/export.ts";
import { GraphBuilder } from "./builder.ts";
import type { DataOptions } from "./data.ts";
import { ONNX_RUNTIME } from "./evaluation.ts";
import { addFeatures } from "./features.ts";
import type { PlannedNetwork } from "./network.ts";
import { tensorWork } from "./work.ts";

export interface ExportRequest {
  readonly network: PlannedNetwork;
  /** What its outputs mean; null where it does not say. */
  readonly classes: readonly string[] | null;
  /** Absolute path of a safetensors file. */
  readonly path: string;
  /** What is told of the model. */
  readonly about: Omit<ExportSlice, "backend">;
}

/** @returns The task writes `model.onnx` and `about.json`. */
export function exportGraph(
  { network, classes, path, about }: ExportRequest,
  options: DataOptions & { readonly autoBackend: BackendName },
): { readonly graph: TaskGraph; readonly task: string } {
  const builder = new GraphBuilder();
  const work = tensorWork(network.config, options.autoBackend);
  const kind = about.quantise ?? about.dtype;
  const slice: ExportSlice = { ...about, backend: work.backend };
  const task = builder.add({
    name: `export/${about.checkpoint}-${about.run}${kind === "float32" ? "" : `-${kind}`}${
      about.streaming === null ? "" : "-streaming"
    }`,
    stage: "export",
    kinds: network.modules,
    slice,
    inputs: {
      checkpoint: { kind: "external", path },
      ...(about.quantise === null ? {} : {
        examples: addFeatures(
          builder,
          network,
          { split: "train", evaluated: classes, condition: null, waves: true },
          work,
          options,
        ),
      }),
    },
    outputs: ["model.onnx", "about.json"],
    ...work.resources,
    ...(about.quantise !== null && {
      packages: [...work.resources.packages ?? [], ...ONNX_RUNTIME.packages],
      lock: ONNX_RUNTIME.lock,
    }),
  });
  return { graph: builder.graph(), task };
}
