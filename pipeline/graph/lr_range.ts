/** The graph of learning-rate range tests: it shares recordings, indices and features with trainings. */
import type { BackendName } from "../../lib/backend/backend_io.ts";
import type { Sweep } from "../config/sweep.ts";
import type { TaskGraph } from "../engine/types.ts";
import { GraphBuilder } from "./builder.ts";
import type { DataOptions } from "./data.ts";
import { planNetwork } from "./network.ts";
import { nameRun, uniqueRuns } from "./run_names.ts";
import { trainingInputs, trainModules, trainSlice } from "./training.ts";
import { tensorWork } from "./work.ts";

export interface LrRangeGraph {
  readonly graph: TaskGraph;
  /** For each run, its name and that of the task that writes `lr_range.json`. */
  readonly tests: readonly { readonly run: string; readonly task: string }[];
}

/** @param range Of the group `model`; steps null: as many as an epoch has. */
export async function lrRangeGraph(
  sweep: Sweep,
  range: { readonly low: number; readonly high: number; readonly steps: number | null },
  options: DataOptions & { readonly autoBackend: BackendName },
): Promise<LrRangeGraph> {
  const builder = new GraphBuilder();
  const tests = [];
  for (const point of uniqueRuns(sweep)) {
    const planned = await planNetwork(point);
    const work = tensorWork(point.config, options.autoBackend);
    const { description: { run }, usual } = nameRun(point, sweep);
    const { trainer: whole, ...slice } = trainSlice(planned, work);
    // However long trainings are, and whatever ends them.
    const { epochs: _e, horizon_epochs: _h, patience: _p, minutes: _m, average: _a, select: _s, ...trainer } =
      whole;
    const task = builder.add({
      name: `lr_range/${run}`,
      alike: `lr_range/${usual}`,
      stage: "lr_range",
      kinds: trainModules(planned),
      slice: { ...slice, trainer, range },
      inputs: trainingInputs(builder, planned, work, options),
      outputs: ["lr_range.json", "lr_range.csv"],
      ...work.resources,
    });
    tests.push({ run, task });
  }
  return { graph: builder.graph(), tests };
}
