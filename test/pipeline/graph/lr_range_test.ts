import { assert, assertEquals } from "@std/assert";
import { lrRangeGraph } from "../../../pipeline/graph/lr_range.ts";
import { runGraph } from "../../../pipeline/graph/runs.ts";
import { GRAPH_OPTIONS, sweepOf } from "../../support/graphs.ts";

const RANGE = { low: 1e-5, high: 1, steps: null };

for (const [task, dataset] of [["kws", "spoken_mini"], ["asr", "spoken_sentences"]] as const) {
  Deno.test(`lrRangeGraph() tests each run of ${task} on the very tasks that a training takes its features from`, async () => {
    const sweep = await sweepOf(task, "setting=A,D");
    const { graph, tests } = await lrRangeGraph(sweep, RANGE, GRAPH_OPTIONS);
    assertEquals(tests.map(({ task }) => task), tests.map(({ run }) => `lr_range/${run}`));
    const others = (await runGraph(sweep, GRAPH_OPTIONS)).graph.tasks;
    const shared = graph.tasks.filter(({ stage }) => stage !== "lr_range");
    assertEquals(shared, others.filter(({ name }) => shared.some((task) => task.name === name)));
    assertEquals(shared.map(({ name }) => name), [
      `synthesize/${dataset}`,
      `index/${dataset}-train`,
      `features/${dataset}-logmel40-train`,
      `index/${dataset}-validation`,
      `features/${dataset}-logmel40-validation`,
      `features/${dataset}-waveform-train`,
      `features/${dataset}-waveform-validation`,
    ]);
    assert(others.every(({ stage }) => stage !== "lr_range"));
  });
}
