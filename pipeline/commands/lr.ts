/** `lr`: learning-rate range tests, through the same stages and the same store as trainings. */
import {
  float,
  type InferValue,
  integer,
  merge,
  message,
  object,
  option,
  optional,
  withDefault,
} from "@optique/core";
import { UserError } from "../../lib/base/errors.ts";
import { parseLrRange } from "../../lib/records/lr_range.ts";
import { lrRangeGraph } from "../graph/lr_range.ts";
import { shownLrRange } from "../report/text/lr_range.ts";
import { defineCommand } from "./shared/command.ts";
import { configText } from "./shared/config_text.ts";
import { executeGraph, resultOf } from "./shared/execute_io.ts";
import { execution, location, overrides, task } from "./shared/flags.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { openProject } from "./shared/project_io.ts";
import { executorOf, expandRequest, graphOptions } from "./shared/request_io.ts";
import { linkResults, placeOf, resultsFolder } from "./shared/result_links_io.ts";
import { print, tell } from "../reporters/print_io.ts";

const range = object({
  low: withDefault(
    option("--low", float({ metavar: "RATE" }), {
      description: message`optim.model.lr at the first step.`,
    }),
    1e-5,
  ),
  high: withDefault(
    option("--high", float({ metavar: "RATE" }), {
      description: message`optim.model.lr at the last step.`,
    }),
    10,
  ),
  steps: optional(option("--steps", integer({ min: 10, metavar: "N" }), {
    description: message`Batches to train on (default: one epoch, at least 100).`,
  })),
});

const parser = merge(range, task, execution, location, overrides);

export const command = defineCommand({
  brief: message`Find a learning rate: a range test.`,
  description:
    message`Trains for a moment while the rate grows from low to high, draws the loss, and says where it falls fastest. The rates of other groups keep their ratio to optim.model.lr.`,
  examples: [
    ["lr model=bc_resnet setting=D", "loss against a rate that grows"],
    ["lr --low 1e-4 --high 1 --steps 200", "between these rates"],
  ],
  parser,
  complete: overrideWords,
  run: testRates,
});

/** With `--json` standard output is one line for each test: its record. */
async function testRates(flags: InferValue<typeof parser>): Promise<number> {
  const { low, high, steps = null } = flags;
  if (!(low > 0 && low < high)) {
    throw new UserError("usage", `Cannot test rates from ${low} to ${high}: wanted 0 < --low < --high.`);
  }
  const project = openProject();
  const sweep = await expandRequest(project, { kind: "sweep", task: flags.task, overrides: flags.overrides });
  if (flags.printConfig) {
    print(...configText(sweep, flags.json));
    return 0;
  }
  const executor = await executorOf(project, flags);
  const options = await graphOptions(project, sweep, executor.gpus);
  const { graph, tests } = await lrRangeGraph(sweep, { low, high, steps }, options);
  const done = await executeGraph(project, graph, executor, flags, {
    jsonEvents: false,
    read: tests.map(({ task }) => task),
  });
  if (done === undefined) return 0;
  const { store, summary } = done;
  for (const { run, task } of tests) {
    const receipt = await resultOf(done, task);
    if (receipt === undefined) continue; // the run's reporter has said why
    const name = "lr_range.json";
    const record = parseLrRange(await store.readText(receipt.outputs[name]!, name), task);
    const folder = linkResults(resultsFolder(project, flags.store, store, `lr-${run}`), store, [
      { receipt, under: "" },
    ]);
    if (flags.json) {
      print(JSON.stringify({ run, ...record }));
      continue;
    }
    const points = await placeOf(folder, store, receipt, "lr_range.csv");
    print("", ...shownLrRange(run, record), `Points: ${points}${folder === undefined ? "" : " (.json)"}`);
  }
  if (summary.ran === 0 && done.complete) tell("Everything was fresh; no stage ran.");
  return done.complete ? 0 : 1;
}
