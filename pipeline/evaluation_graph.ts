/** The graph that evaluates one checkpoint: it shares recordings, index and features with trainings. */
import type { Setting } from "../lib/frontends/spec.ts";
import type { KwsConfig } from "./config/schema.ts";
import type { TaskGraph } from "./engine/types.ts";
import { addFeatures, type DataOptions, datasetName, type GraphOptions } from "./graph.ts";
import { GraphBuilder, output } from "./graph_builder.ts";
import type { EvaluateCheckpointSlice } from "./stages/evaluate_checkpoint.ts";

export interface EvaluationRequest {
  /** Its `setting` does not count: {@link setting} does. */
  readonly config: KwsConfig;
  /** Which parts of the front-end are computed from the checkpoint. */
  readonly setting: Setting;
  /** Absolute path of a safetensors file. */
  readonly checkpoint: string;
  /** At least one of `train`, `validation`, `test`. */
  readonly splits: readonly string[];
}

export interface EvaluationGraph {
  readonly graph: TaskGraph;
  /** Name of the task that writes `evaluation.json`. */
  readonly evaluate: string;
}

export function evaluationGraph(
  { config, setting, checkpoint, splits }: EvaluationRequest,
  options: DataOptions & Pick<GraphOptions, "autoBackend">,
): EvaluationGraph {
  const builder = new GraphBuilder();
  const { dataset, model, trainer } = config;
  const { frontend, backend, tensorWork, features } = addFeatures(builder, { ...config, setting }, options);
  const slice: EvaluateCheckpointSlice = {
    frontend,
    model,
    backend,
    batch_size: trainer.batch_size,
    clip_samples: dataset.clip_samples,
    splits,
  };
  const stem = checkpoint.split(/[\\/]/).at(-1)!.replace(/\.safetensors$/, "").replace(/[^\w.+-]+/g, "_");
  const evaluate = builder.add({
    name: `evaluate_checkpoint/${stem}-${datasetName(dataset)}-${splits.length > 1 ? "all" : splits[0]}`,
    stage: "evaluate_checkpoint",
    slice,
    inputs: {
      checkpoint: { kind: "external", path: checkpoint },
      ...Object.fromEntries(splits.map((split) => [split, output(features, `${split}.safetensors`)])),
    },
    outputs: ["evaluation.json"],
    ...tensorWork,
  });
  return { graph: builder.graph(), evaluate };
}
