/** The graph of learning-rate range tests: it shares recordings, index and features with trainings. */
import type { Sweep } from "./config/sweep.ts";
import type { TaskGraph } from "./engine/types.ts";
import { addFeatures, type DataOptions, describeRun, type GraphOptions, uniqueRuns } from "./graph.ts";
import { GraphBuilder, output } from "./graph_builder.ts";
import type { LrRangeSlice } from "./stages/lr_range.ts";

export interface LrRangeGraph {
  readonly graph: TaskGraph;
  /** For each run, its name and that of the task that writes `lr_range.json`. */
  readonly tests: readonly { readonly run: string; readonly task: string }[];
}

export function lrRangeGraph(
  sweep: Sweep,
  range: LrRangeSlice["range"],
  options: DataOptions & Pick<GraphOptions, "autoBackend">,
): LrRangeGraph {
  const builder = new GraphBuilder();
  const tests = uniqueRuns(sweep).map((point) => {
    const { model, optim, seed, dataset, trainer, init_from } = point.config;
    const { frontend, backend, tensorWork, features } = addFeatures(builder, point.config, options);
    const { batch_size, sampler, clips_per_epoch } = trainer;
    const slice: LrRangeSlice = {
      frontend,
      model,
      trainer: { batch_size, sampler, clips_per_epoch },
      optim,
      seed,
      backend,
      clip_samples: dataset.clip_samples,
      range,
    };
    const { run } = describeRun(point, sweep);
    const task = builder.add({
      name: `lr_range/${run}`,
      stage: "lr_range",
      slice,
      inputs: {
        train: output(features, "train.safetensors"),
        validation: output(features, "validation.safetensors"),
        ...(init_from === null
          ? {}
          : { init: { kind: "external", path: options.resolvePath(init_from) } as const }),
      },
      outputs: ["lr_range.json", "lr_range.csv"],
      ...tensorWork,
    });
    return { run, task };
  });
  return { graph: builder.graph(), tests };
}
