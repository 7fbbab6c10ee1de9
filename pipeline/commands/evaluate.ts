/** `evaluate`: figures of a checkpoint from anywhere, through the same stages and the same store as trainings. */
import {
  type InferValue,
  merge,
  message,
  object,
  option,
  optional,
  string,
  withDefault,
} from "@optique/core";
import { basename, resolve } from "node:path";
import { UserError } from "../../lib/base/errors.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import type { TensorFile } from "../../lib/formats/safetensors.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { type CheckpointRecord, parseCheckpoint } from "../../lib/records/checkpoint.ts";
import { conditionTitle } from "../../lib/records/condition.ts";
import { SPLITS } from "../../lib/records/example_index.ts";
import { type Evaluation, parseEvaluation } from "../../lib/records/metrics.ts";
import { parsePredictions, type Predictions } from "../../lib/records/predictions.ts";
import { plainNames } from "../../lib/formats/plain_names.ts";
import { exists } from "../engine/store/atomic_io.ts";
import { evaluationGraph } from "../graph/evaluation.ts";
import { planCheckpoint } from "../graph/checkpoint.ts";
import { checkpointConfig } from "../graph/checkpoint_config.ts";
import { compareClips, type TestedRun } from "../report/statistics/clip_comparison.ts";
import { clipComparisonJson, differenceLines } from "../report/text/clip_comparison_text.ts";
import { shownEvaluation } from "../report/text/shown_results.ts";
import { terminalWidth } from "../reporters/terminal_io.ts";
import { oneOfThese } from "./shared/one_of_these.ts";
import { defineCommand } from "./shared/command.ts";
import { configText } from "./shared/config_text.ts";
import { dataPathsOf } from "./shared/data_paths_io.ts";
import { executeGraph, resultOf } from "./shared/execute_io.ts";
import { execution, location, overrides } from "./shared/flags.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { openProject, type Project } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";
import { executorOf, expandRequest, graphOptions } from "./shared/request_io.ts";
import { soundCheckpoint, trainingOf } from "./shared/training_io.ts";
import { DEFAULT_TASK, TASK_NAMES } from "../config/tasks.ts";
import { print, tell } from "../reporters/print_io.ts";

const what = object({
  checkpoint: option("--checkpoint", string({ metavar: "FILE" }), {
    description:
      message`A safetensors file with the names of the PyTorch modules, a model of ONNX that was exported here, or a run's name or id for its best one.`,
  }),
  task: optional(option("--task", oneOfThese(TASK_NAMES), {
    description: message`What the network is asked, where the file does not say.`,
  })),
  against: optional(option("--against", string({ metavar: "FILE" }), {
    description:
      message`Another one, or a run: evaluated on the same clips, for the paired difference, as of a model in eight bits from what it was made of.`,
  })),
  split: withDefault(
    option("--split", oneOfThese([...SPLITS, "all"]), {
      description: message`The clips to evaluate on.`,
    }),
    "test" as const,
  ),
});

/** Of a key, as it is shown. */
const ID_DIGITS = 8;

const parser = merge(what, execution, location, overrides);

export const command = defineCommand({
  brief: message`Evaluate a checkpoint from anywhere, without training.`,
  description:
    message`What the file says of itself (task, classes, front-end, model) need not be typed. Of a file that says nothing, parts of the front-end are computed from the values that it has of them.`,
  examples: [
    ["evaluate --checkpoint best.safetensors", "on the test split"],
    ["evaluate --checkpoint model.onnx", "the same through onnxruntime, waveform in"],
    [
      "evaluate --checkpoint small.onnx --against best.safetensors",
      "what quantising cost, and how sure that is",
    ],
    ["evaluate --checkpoint best.safetensors --split all dataset=folder root=recordings", "on your own"],
  ],
  parser,
  complete: overrideWords,
  run: evaluate,
});

/** With `--json` standard output is a line for each split: its figures; with `--against` one more, of the two. */
async function evaluate(flags: InferValue<typeof parser>): Promise<number> {
  const project = openProject();
  const done = await evaluated(project, flags, flags.checkpoint);
  if (done === "nothing-to-do") return 0;
  if (done === undefined) return 1;
  if (done.ran === 0) tell("Everything was fresh; no stage ran.");
  if (done.tests.every(({ evaluation }) => evaluation.count === 0)) throw nothingToTell(flags.split);
  return flags.against === undefined ? 0 : await compare(project, flags, done.tests, flags.against);
}

/** A checkpoint on one split, under one condition. */
interface Tested {
  /** A run's name, or a file's path. */
  readonly name: string;
  readonly id: string;
  readonly evaluation: Evaluation;
  /** Null: there are no examples. */
  readonly predictions: Predictions | null;
}

/** @returns What was printed too; `nothing-to-do` after a dry run or the configuration; undefined if it failed. */
async function evaluated(
  project: Project,
  flags: InferValue<typeof parser>,
  name: string,
): Promise<{ readonly ran: number; readonly tests: readonly Tested[] } | "nothing-to-do" | undefined> {
  const { path: checkpoint, run } = await checkpointOf(name, flags, project);
  const format = /\.onnx$/i.test(checkpoint) ? "onnx" : "safetensors";
  const file = format === "onnx" ? await readOnnx(checkpoint) : readTensors(checkpoint);
  const said = parseCheckpoint(file.metadata, checkpoint);
  const task = taskOf(flags.task, said, checkpoint);
  const { sweep, data, ...typed } = await checkpointConfig(
    project.conf,
    { called: run ?? basename(checkpoint), said, paths: dataPathsOf(project, flags.store, said) },
    flags.overrides,
    (overrides) => expandRequest(project, { kind: "sweep", task, overrides }),
  );
  if (flags.printConfig) {
    print(...configText(sweep, flags.json));
    return "nothing-to-do";
  }
  const planned = await planCheckpoint(typed, {
    path: checkpoint,
    said,
    tensors: plainNames(file.tensors, checkpoint),
  });
  tell(data.line);
  const executor = await executorOf(project, flags);
  const { graph, evaluations } = evaluationGraph(
    { ...planned, checkpoint, format, run, splits: flags.split === "all" ? SPLITS : [flags.split] },
    await graphOptions(project, sweep, executor.gpus),
  );
  const done = await executeGraph(project, graph, executor, flags, {
    jsonEvents: false,
    read: evaluations.map(({ task }) => task),
  });
  if (done === undefined) return "nothing-to-do";
  const { store, summary } = done;
  if (!done.complete) return undefined;
  const tests: Tested[] = [];
  for (const { split, condition, task } of evaluations) {
    const { outputs, key } = (await resultOf(done, task))!;
    const text = await store.readText(outputs["evaluation.json"]!, "evaluation.json");
    const evaluation = parseEvaluation(text, task);
    const told = await store.readText(outputs["predictions.json"]!, "predictions.json");
    const predictions = evaluation.count === 0 ? null : parsePredictions(told, task);
    tests.push({ name: run ?? checkpoint, id: key.slice(0, ID_DIGITS), evaluation, predictions });
    const { trained } = planned.network.frontend;
    if (flags.json) print(JSON.stringify({ file: checkpoint, trained, ...JSON.parse(text) }));
    else {
      const parts = trained.length === 0 ? "nothing" : trained.join(" and ");
      const what = `${run ?? checkpoint}, ${parts} of the front-end from the file, ${split} split${
        condition === null ? "" : `, ${conditionTitle(condition)}`
      }`;
      print(...shownEvaluation(what, evaluation, terminalWidth()).split("\n"));
    }
  }
  return { ran: summary.ran, tests };
}

/** Prints how much better or worse what was evaluated does than another. */
async function compare(
  project: Project,
  flags: InferValue<typeof parser>,
  tests: readonly Tested[],
  against: string,
): Promise<number> {
  const others = await evaluated(project, flags, against);
  if (others === "nothing-to-do") return 0;
  if (others === undefined) return 1;
  tests.forEach((test, i) => {
    const [a, b] = [testedRun(others.tests[i]!), testedRun(test)];
    if (a === null || b === null) return;
    const comparison = compareClips(a, b);
    if (flags.json) print(JSON.stringify(clipComparisonJson(a, b, comparison)));
    else print("", ...differenceLines(a, b, comparison));
  });
  return 0;
}

/** As runs are compared. */
function testedRun({ name, id, evaluation, predictions }: Tested): TestedRun | null {
  const { checkpoint, ...figures } = evaluation;
  if (checkpoint === null || predictions === null) return null;
  const checkpoints = { best: checkpoint, last: checkpoint };
  return { run: name, id, metrics: { ...figures, tested: "best", checkpoints }, predictions };
}

/** @throws {UserError} `usage` or `bad-file` if the file says that it is of another task. */
function taskOf(typed: string | undefined, said: CheckpointRecord | null, checkpoint: string): string {
  if (typed !== undefined && said !== null && said.task !== typed) {
    throw new UserError(
      "usage",
      `Cannot evaluate ${checkpoint} as ${typed}: it says that it was trained for ${said.task}. Leave --task out.`,
    );
  }
  if (said !== null && !TASK_NAMES.includes(said.task)) {
    throw new UserError(
      "bad-file",
      `Cannot evaluate ${checkpoint}: it says that it was trained for ${JSON.stringify(said.task)}, wanted ${
        TASK_NAMES.join(" or ")
      }. Evaluate it with the program that made it.`,
    );
  }
  return typed ?? said?.task ?? DEFAULT_TASK;
}

/** A file that is there, else the best checkpoint of a run that is called so. */
async function checkpointOf(
  checkpoint: string,
  { store: flag }: InferValue<typeof parser>,
  project: Project,
): Promise<{ readonly path: string; readonly run?: string }> {
  const path = resolve(project.here, checkpoint);
  if (exists(path) || /[\\/]|\.(safetensors|onnx)$/.test(checkpoint.replace(/^train\//, ""))) return { path };
  const store = openProjectStore(project, flag, "read");
  const training = await trainingOf(store, checkpoint, "evaluate");
  const found = await soundCheckpoint(store, training, "best.safetensors", "evaluate");
  return { path: found, run: training.run };
}

/** What a model of ONNX says of itself: its front-end is inside, so that it has no tensors to be fitted. */
async function readOnnx(path: string): Promise<Pick<TensorFile, "metadata" | "tensors">> {
  const { readModelFacts } = await import("../../lib/onnx/model_file.ts");
  const { metadata } = readModelFacts(readFile(path), path);
  if ((metadata["streaming"] ?? "null") !== "null") {
    throw new UserError(
      "usage",
      `Cannot evaluate ${path}: it listens block by block, wanted a model that takes clips whole. Export the run without ` +
        `--streaming, which has the same network.`,
    );
  }
  if (parseCheckpoint(metadata, path) !== null) return { metadata, tensors: new Map() };
  throw new UserError(
    "bad-file",
    `Cannot evaluate ${path}: it does not say its task, classes and front-end. Take a model that deno task export made.`,
  );
}

function readFile(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UserError("bad-file", `Cannot read ${path}: there is no such file. Check --checkpoint.`, {
        cause: error,
      });
    }
    throw explainSystemError(error, `read ${path}`);
  }
}

function nothingToTell(split: string): UserError {
  return new UserError(
    "bad-dataset",
    `Cannot evaluate on ${
      split === "all" ? "any split" : `the ${split} split`
    }: it has no examples. Name another one ` +
      `with --split, or change how the data set is split.`,
  );
}
