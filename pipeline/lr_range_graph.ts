/** The graph of learning-rate range tests: it shares recordings, index and features with trainings. */
import type { Sweep } from "./config/sweep.ts";
import type { TaskGraph } from "./engine/types.ts";
import type { DataOptions } from "./data_work.ts";
import { addFeatures, describeRun, type GraphOptions, trainingInputs, uniqueRuns } from "./graph.ts";
import { GraphBuilder } from "./graph_builder.ts";
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
    const { tensorWork, features, stages } = addFeatures(builder, point.config, options);
    const { run } = describeRun(point, sweep);
    const task = builder.add({
      name: `lr_range/${run}`,
      ...stages.lrRange(range),
      inputs: trainingInputs(features, point.config, options),
      outputs: ["lr_range.json", "lr_range.csv"],
      ...tensorWork,
    });
    return { run, task };
  });
  return { graph: builder.graph(), tests };
}
