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
  /** Absolute path of a safetensors file, or of a model of ONNX. */
  readonly checkpoint: string;
  readonly format: "safetensors" | "onnx";
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

/** What runs models of ONNX, and where it is locked. */
export const ONNX_RUNTIME = { packages: ["onnxruntime-web"], lock: "lib/onnx/onnxruntime-web.lock" };

export function evaluationGraph(
  { network, checkpoint, format, run, classes, splits }: EvaluationRequest,
  options: DataOptions & { readonly autoBackend: BackendName },
): EvaluationGraph {
  const builder = new GraphBuilder();
  const { config, kinds } = network;
  const evaluated = classes ?? kinds.dataset.classes?.(config.dataset) ?? null;
  const work = tensorWork(config, options.autoBackend);
  const stem = run !== undefined
    ? `best-${run}`
    : checkpoint.split(/[\\/]/).at(-1)!.replace(/\.(safetensors|onnx)$/, "").replace(/[^\w.+-]+/g, "_");
  const asked = splits.flatMap((split) =>
    [null, ...conditionsOf(config.dataset, split)].map((condition) => ({ split, condition }))
  );
  const external = { kind: "external", path: checkpoint } as const;
  const indexOf = (split: SplitName) =>
    addSplit(builder, { kind: kinds.dataset, config: config.dataset, evaluated }, split, options).index;
  const evaluations = asked.map(({ split, condition }) => ({
    split,
    condition,
    task: builder.add({
      name: `evaluate/${stem}-${kinds.dataset.name(config.dataset)}-${split}${
        condition === null ? "" : `@${conditionKey(condition)}`
      }`,
      kinds: network.modules,
      outputs: ["evaluation.json", "predictions.json"],
      ...(format === "onnx"
        ? {
          stage: "evaluate_onnx",
          slice: onnxSlice(network, { split, condition }, work),
          inputs: {
            model: external,
            examples: addFeatures(
              builder,
              network,
              { split, evaluated, condition, waves: true },
              work,
              options,
            ),
            index: indexOf(split),
          },
          ...ONNX_RUNTIME,
        }
        : {
          stage: "evaluate",
          slice: evaluateSlice(network, { split, condition }, work),
          inputs: {
            checkpoint: external,
            examples: addFeatures(builder, network, { split, evaluated, condition }, work, options),
            index: indexOf(split),
          },
          ...work.resources,
        }),
    }),
  }));
  return { graph: builder.graph(), evaluations };
}

/** How a state was trained is of no use to a model that has left. */
function onnxSlice(...request: Parameters<typeof evaluateSlice>): object {
  const { freeze_model: _frozen, tested: _tested, backend: _backend, ...slice } = evaluateSlice(...request);
  return slice;
}
