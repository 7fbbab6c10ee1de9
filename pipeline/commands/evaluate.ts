/** `evaluate`: figures of a checkpoint from anywhere, through the same stages and the same store as trainings. */
import { choice, type InferValue, merge, message, object, option, string, withDefault } from "@optique/core";
import { resolve } from "@std/path";
import { UserError } from "../../lib/base/errors.ts";
import type { TensorFile } from "../../lib/formats/safetensors.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { ownParts } from "../../lib/frontends/own_parts.ts";
import { type Setting, settingOf } from "../../lib/frontends/spec.ts";
import { parseOverride } from "../config/override.ts";
import type { RunConfig } from "../config/schema.ts";
import type { Sweep } from "../config/sweep.ts";
import { planRun } from "../engine/run.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { Receipt } from "../engine/types.ts";
import { evaluationGraph } from "../evaluation_graph.ts";
import { shownFigures } from "../report/recognition_shown.ts";
import { textTable } from "../report/table.ts";
import { count } from "../report/wording.ts";
import type { RecognizerEvaluation } from "../stages/evaluate_recognizer_checkpoint.ts";
import type { Evaluation } from "../stages/evaluate_checkpoint.ts";
import { terminalWidth } from "../reporters/terminal_io.ts";
import { defineCommand } from "./shared/command.ts";
import { configText } from "./shared/config_text.ts";
import { executeGraph } from "./shared/execute_io.ts";
import { execution, location, overrides, task } from "./shared/flags.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { openProject } from "./shared/project_io.ts";
import { executorOf, expandRequest, graphOptions } from "./shared/request_io.ts";

const SPLITS = ["train", "validation", "test"] as const;

const what = object({
  checkpoint: option("--checkpoint", string({ metavar: "FILE" }), {
    description: message`A safetensors file with the names of the PyTorch modules.`,
  }),
  split: withDefault(
    option("--split", choice([...SPLITS, "all"]), {
      description: message`The clips to evaluate on.`,
    }),
    "test" as const,
  ),
});

const parser = merge(what, task, execution, location, overrides);

export const command = defineCommand({
  brief: message`Evaluate a checkpoint from anywhere, without training.`,
  description:
    message`What the configuration calls setting is read from the file: parts of the front-end of which it has values of its own are computed from them.`,
  examples: [
    ["evaluate --checkpoint best.safetensors", "on the test split"],
    ["evaluate --checkpoint best.safetensors --split all dataset=folder root=recordings", "on your own"],
  ],
  parser,
  complete: overrideWords,
  run: evaluate,
});

/** With `--json` standard output is one line: the figures. */
async function evaluate(flags: InferValue<typeof parser>): Promise<number> {
  const project = openProject();
  const sweep = expandRequest(project, { kind: "sweep", task: flags.task, overrides: flags.overrides });
  const config = onlyConfig(sweep);
  if (flags.printConfig) {
    console.log(configText(sweep, flags.json));
    return 0;
  }
  const checkpoint = resolve(flags.checkpoint);
  const typed = flags.overrides.some((text) => parseOverride(text).path.join(".") === "setting");
  const setting = typed ? config.setting : settingFor(config, readTensors(checkpoint));
  const executor = await executorOf(project, flags);
  const { graph, evaluate: task } = evaluationGraph({
    config,
    setting,
    checkpoint,
    splits: flags.split === "all" ? SPLITS : [flags.split],
  }, await graphOptions(project, sweep, executor.gpus));
  const done = await executeGraph(project, graph, executor, flags, { jsonEvents: false });
  if (done === undefined) return 0;
  const { store, summary } = done;
  if (!done.complete) return 1;
  // By key, not by the task's last receipt: another process may have evaluated another file of this name meanwhile.
  const state = (await planRun({ graph, store, code: done.code })).get(task);
  if (state?.kind !== "fresh") throw inputChanged(checkpoint);
  const evaluation = await readEvaluation(store, state.receipt);
  if (flags.json) console.log(JSON.stringify({ checkpoint, setting, split: flags.split, ...evaluation }));
  else console.log(evaluationText(checkpoint, flags.split, setting, evaluation));
  if (summary.ran === 0) console.error("Everything was fresh; no stage ran.");
  return 0;
}

/**
 * What the file says it has trained, if nothing before that is its own (see {@link ownParts}); else whatever is its
 * own or said to be trained.
 */
function settingFor(config: RunConfig, file: TensorFile): Setting {
  const { dataset, frontend } = config;
  const own = ownParts({
    sampleRate: dataset.sample_rate,
    nFft: frontend.n_fft,
    nMels: frontend.n_mels,
    fMinHz: frontend.f_min_hz,
    fMaxHz: frontend.f_max_hz,
  }, file.tensors);
  const said = trainedBy(file);
  const enough = said.stft || (!own.stft && (said.mel || !own.mel));
  return settingOf(enough ? said : { stft: own.stft || said.stft, mel: own.mel || said.mel });
}

/** What this project's own checkpoints say of their training. */
function trainedBy({ metadata }: TensorFile): { readonly stft: boolean; readonly mel: boolean } {
  try {
    const { trainable } = JSON.parse(metadata["frontend"] ?? "{}");
    return { stft: trainable?.stft === true, mel: trainable?.mel === true };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { stft: false, mel: false }; // another program's metadata may use the same name
  }
}

function inputChanged(checkpoint: string): UserError {
  return new UserError(
    "input-changed",
    `Cannot show the figures of ${checkpoint}: the file or the recordings changed meanwhile. Run the command again.`,
  );
}

function onlyConfig({ points, axes }: Sweep): RunConfig {
  if (points.length === 1) return points[0]!.config;
  throw new UserError(
    "usage",
    `Cannot evaluate one checkpoint with ${points.length} configurations: give ${
      axes.join(" and ")
    } one value.`,
  );
}

async function readEvaluation(
  store: Store,
  { outputs }: Receipt,
): Promise<Evaluation | RecognizerEvaluation> {
  return JSON.parse(await store.readText(outputs["evaluation.json"]!, "evaluation.json"));
}

function evaluationText(
  path: string,
  split: string,
  setting: Setting,
  evaluation: Evaluation | RecognizerEvaluation,
): string {
  const splits = split === "all" ? "all splits" : `${split} split`;
  if ("task" in evaluation) {
    const { figures, examples } = evaluation;
    return shownFigures(`${path}, setting ${setting}, ${splits}`, figures, examples, terminalWidth());
  }
  const { figures } = evaluation;
  const percent = (rate: number) => `${(100 * rate).toFixed(2)} %`;
  const { clips, correct, accuracy, cross_entropy, f1 } = figures;
  const right = { align: "right" } as const;
  return `${path}, setting ${setting}, ${splits}: ${correct.toLocaleString("en")} of ${
    count(clips, "clip")
  } right.\n\n${
    textTable(
      ["accuracy", "cross entropy", "micro F1", "macro F1", "weighted F1"].map((title) => ({
        title,
        ...right,
      })),
      [[
        percent(accuracy),
        cross_entropy.toFixed(4),
        percent(f1.micro),
        percent(f1.macro),
        percent(f1.weighted),
      ]],
    )
  }`;
}
