/** The graph that evaluates one checkpoint: it shares recordings, indices and features with trainings. */
import type { BackendName } from "../../lib/backend/backend_io.ts";
import { conditionsOf } from "../../lib/data/corruption/schema.ts";
import { type Condition, conditionKey } from "../../lib/records/condition.ts";
import type { SplitName } from "../../lib/records/example_index.ts";
import type { TaskGraph } from "../engine/types.ts";
import { GraphBuilder } from "./builder.ts";
import { addSplit, type DataOptions } from "./data.ts";
import { addFeatures } from "./features.ts";
import type { PlannedNetwork } from "./network.ts";
import { evaluateSlice } from "./training.ts";
import { tensorWork } from "./work.ts";

export interface EvaluationRequest {
  readonly network: PlannedNetwork;
  /** Absolute path of a safetensors file. */
  readonly checkpoint: string;
  /** The run that it is of; else tasks are called after the file. */
  readonly run?: string | undefined;
  /** What the checkpoint's outputs mean; null where it does not say. */
  readonly classes: readonly string[] | null;
  readonly splits: readonly SplitName[];
}

export interface EvaluationGraph {
  readonly graph: TaskGraph;
  /** For each split, and each condition under which it is tested besides, the task that writes `evaluation.json`. */
  readonly evaluations: readonly {
    readonly split: SplitName;
    readonly condition: Condition | null;
    readonly task: string;
  }[];
}

export function evaluationGraph(
  { network, checkpoint, run, classes, splits }: EvaluationRequest,
  options: DataOptions & { readonly autoBackend: BackendName },
): EvaluationGraph {
  const builder = new GraphBuilder();
  const { config, kinds } = network;
  const evaluated = classes ?? kinds.dataset.classes?.(config.dataset) ?? null;
  const work = tensorWork(config, options.autoBackend);
  const stem = run !== undefined
    ? `best-${run}`
    : checkpoint.split(/[\\/]/).at(-1)!.replace(/\.safetensors$/, "").replace(/[^\w.+-]+/g, "_");
  const asked = splits.flatMap((split) =>
    [null, ...conditionsOf(config.dataset, split)].map((condition) => ({ split, condition }))
  );
  const evaluations = asked.map(({ split, condition }) => ({
    split,
    condition,
    task: builder.add({
      name: `evaluate/${stem}-${kinds.dataset.name(config.dataset)}-${split}${
        condition === null ? "" : `@${conditionKey(condition)}`
      }`,
      stage: "evaluate",
      kinds: network.modules,
      slice: evaluateSlice(network, { split, condition }, work),
      inputs: {
        checkpoint: { kind: "external", path: checkpoint },
        examples: addFeatures(builder, network, { split, evaluated, condition }, work, options),
        index: addSplit(builder, { kind: kinds.dataset, config: config.dataset, evaluated }, split, options)
          .index,
      },
      outputs: ["evaluation.json", "predictions.json"],
      ...work.resources,
    }),
  }));
  return { graph: builder.graph(), evaluations };
}
