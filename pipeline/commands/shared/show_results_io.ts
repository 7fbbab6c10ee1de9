/** Shows what a run made: the table and where everything is, linked into a folder of its own. */
import { parseResults } from "../../../lib/records/results.ts";
import { conditionKey } from "../../../lib/records/condition.ts";
import type { RunGraph } from "../../graph/runs.ts";
import { shownResults } from "../../report/text/shown_results.ts";
import { print } from "../../reporters/print_io.ts";
import { terminalWidth } from "../../reporters/terminal_io.ts";
import { type Execution, resultOf } from "./execute_io.ts";
import type { ExecutionFlags } from "./flags.ts";
import type { Project } from "./project_io.ts";
import { reached } from "./phases_io.ts";
import { type Linked, linkResults, placeOf, resultsFolder } from "./result_links_io.ts";

/** A graph and how it ended. */
export interface Ended {
  readonly built: RunGraph;
  readonly done: Execution;
}

/** What is shown and linked of a graph, so that it has to be here. */
export function shownTasks({ aggregate, report, png, runs }: RunGraph): readonly string[] {
  const ofRuns = runs.flatMap(({ train, evaluate, tensorboard, stream, conditions }) => [
    train,
    evaluate,
    tensorboard,
    stream,
    ...conditions.map(({ evaluate }) => evaluate),
  ]);
  return [aggregate, report, png, ...ofRuns].filter((task) => task !== undefined);
}

/** What {@link showResults} reads, or leads people to as a whole. */
export function readTasks({ aggregate, report, png, runs }: RunGraph): readonly string[] {
  return [aggregate, report, png, ...runs.map(({ stream }) => stream)].filter((task) => task !== undefined);
}

/** @param flags With `json` nothing is printed. */
export async function showResults(
  { built, done }: Ended,
  project: Project,
  flags: Pick<ExecutionFlags, "store" | "json">,
): Promise<void> {
  const { store } = done;
  const linked = async (task: string | undefined, under = ""): Promise<Linked[]> => {
    const receipt = task === undefined ? undefined : await resultOf(done, task);
    return receipt === undefined ? [] : [{ receipt, under }];
  };
  const [aggregate] = await linked(built.aggregate) as [Linked];
  const [report] = await linked(built.report);
  const ofRuns = await Promise.all(
    built.runs.flatMap(({ description: { run }, train, evaluate, tensorboard, stream, conditions }) => [
      ...[train, evaluate, tensorboard].map((task) => linked(task, `${run}/`)),
      linked(stream, `${run}/stream/`),
      ...conditions.map(({ condition, evaluate }) => linked(evaluate, `${run}/${conditionKey(condition)}/`)),
    ]),
  );
  const png = await linked(built.png);
  for (const { receipt } of [aggregate, ...(report === undefined ? [] : [report]), ...png]) {
    // Links lead to them, so that they are seen without being read here.
    for (const [name, output] of Object.entries(receipt.outputs)) await store.soundPath(output, name);
  }
  const folder = linkResults(
    resultsFolder(project, flags.store, store, built.aggregate.split("/")[1]!),
    store,
    [aggregate, ...(report === undefined ? [] : [report]), ...ofRuns.flat()],
    png,
  );
  reached("results read and linked");
  if (flags.json) return;
  const pathOf = ({ receipt }: Linked, name: string) => placeOf(folder, store, receipt, name);
  const page = report === undefined ? [] : [`Report: ${await pathOf(report, "report.html")}`];
  if (built.png !== undefined) {
    print(...page);
    if (folder !== undefined) {
      print(`Figures: ${folder}/figures/ (SVG, Vega-Lite, CSV), ${folder}/png/`);
    }
    return;
  }
  const text = await store.readText(aggregate.receipt.outputs["results.json"]!, "results.json");
  print("", ...shownResults(parseResults(text, aggregate.receipt.task), terminalWidth()).split("\n"), "");
  for (const { receipt } of ofRuns.flat()) {
    const stream = receipt.outputs["stream.json"];
    if (stream === undefined) continue;
    const [{ parseStream }, { shownStream }] = await Promise.all([
      import("../../../lib/records/stream.ts"),
      import("../../report/text/stream.ts"),
    ]);
    const record = parseStream(await store.readText(stream, "stream.json"), receipt.task);
    print(...shownStream(receipt.task.split("/")[1]!, record).flatMap((lines) => lines.split("\n")), "");
  }
  print(...page);
  print(`Table: ${await pathOf(aggregate, "results.csv")}${folder === undefined ? "" : " (.json, .md)"}`);
  if (folder !== undefined) print(`Checkpoints, curves and logs: ${folder}/<run>/`);
  reached("results shown");
}
