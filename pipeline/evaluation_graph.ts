/** The graph that evaluates one checkpoint: it shares recordings, index and features with trainings. */
import type { Setting } from "../lib/frontends/spec.ts";
import type { RunConfig } from "./config/schema.ts";
import type { TaskGraph } from "./engine/types.ts";
import { type DataOptions, datasetName } from "./data_work.ts";
import { addFeatures, type GraphOptions } from "./graph.ts";
import { GraphBuilder, output } from "./graph_builder.ts";

export interface EvaluationRequest {
  /** Its `setting` does not count: {@link setting} does. */
  readonly config: RunConfig;
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
  const { tensorWork, features, stages } = addFeatures(builder, { ...config, setting }, options);
  const stem = checkpoint.split(/[\\/]/).at(-1)!.replace(/\.safetensors$/, "").replace(/[^\w.+-]+/g, "_");
  const evaluate = builder.add({
    name: `evaluate_checkpoint/${stem}-${datasetName(config.dataset)}-${
      splits.length > 1 ? "all" : splits[0]
    }`,
    ...stages.evaluateCheckpoint(splits),
    inputs: {
      checkpoint: { kind: "external", path: checkpoint },
      ...Object.fromEntries(splits.map((split) => [split, output(features, `${split}.safetensors`)])),
    },
    outputs: ["evaluation.json"],
    ...tensorWork,
  });
  return { graph: builder.graph(), evaluate };
}
