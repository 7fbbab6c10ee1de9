/**
 * Counts the programs that one training step starts on WebGPU, with and without this project's kernels:
 * `deno run -A test/bench/dispatches.ts [--json] [--batch 100] [--task kws,asr]`. On a graphics card the time that JavaScript takes for
 * a step is proportional to this number. Programs are counted and not executed, so any adapter will do.
 */
import * as tf from "@tensorflow/tfjs";
import { parseArgs } from "@std/cli/parse-args";
import { Rng } from "../../lib/base/random.ts";
import type { Setting } from "../../lib/frontends/spec.ts";
import { softmaxCrossEntropy } from "../../lib/kernels/softmax_cross_entropy/op.ts";
import { installWebGpuKernels } from "../../lib/kernels/webgpu/runtime.ts";
import type { ModelSpec } from "../../lib/models/spec.ts";
import { createState, disposeState } from "../../lib/nn/state.ts";
import type { Learner } from "../../lib/train/objective.ts";
import { createOptimizer, type RuleSpec } from "../../lib/train/optimizer.ts";
import { recognizer } from "../../lib/train/recognizer.ts";
import { classifier } from "../../lib/train/classifier.ts";
import { trainStep } from "../../lib/train/step.ts";
import { paperNetwork, paperRecognizer, UTTERANCE_FRAMES, utteranceBatch } from "./inputs.ts";

/** What one step asks of the device. */
export interface StepCount {
  /** Programs started. */
  readonly programs: number;
  /** Those among them that change parameters after the gradients are known. */
  readonly ofOptimizer: number;
  /** Times that commands were submitted. */
  readonly submissions: number;
}

export interface CountRow {
  /** Keyword spotting with SGD, or phoneme recognition of padded clips with CTC and Adam. */
  readonly task: Task;
  readonly model: ModelSpec["kind"];
  readonly setting: Setting;
  /** Null for recognizers, whose composites start programs for each frame and take minutes to count. */
  readonly composites: StepCount | null;
  readonly kernels: StepCount;
}

type Task = "kws" | "asr";

interface CountCase {
  readonly task: Task;
  readonly model: ModelSpec["kind"];
  readonly setting: Setting;
}

const TASKS = ["kws", "asr"] as const;
const MODELS = ["linear", "bc_resnet"] as const;
const SETTINGS = ["A", "B", "C", "D"] as const;
const SEED = 7;
const UTTERANCES = 16;

/** Opens the backend, which must not be open yet, as kernels cannot be taken away again. */
export async function countDispatches(batch: number, tasks: readonly Task[]): Promise<CountRow[]> {
  await import("@tensorflow/tfjs-backend-webgpu");
  tf.enableProdMode();
  if (!await tf.setBackend("webgpu")) throw new Error("The webgpu backend did not start");
  const counter = new Counter();
  try {
    const cases = tasks.flatMap((task) =>
      MODELS.flatMap((model) => SETTINGS.map((setting) => ({ task, model, setting })))
    );
    const composites = await countAll(cases.filter(({ task }) => task === "kws"), batch, counter);
    installWebGpuKernels();
    const kernels = await countAll(cases, batch, counter);
    return cases.map((row, i) => ({ ...row, composites: composites[i] ?? null, kernels: kernels[i]! }));
  } finally {
    counter.restore();
  }
}

async function countAll(
  cases: readonly CountCase[],
  batch: number,
  counter: Counter,
): Promise<StepCount[]> {
  const counts: StepCount[] = [];
  for (const { task, model, setting } of cases) {
    counts.push(
      task === "kws"
        ? await countSpotter(model, setting, batch, counter)
        : await countRecognizer(model, setting, counter),
    );
  }
  return counts;
}

function countSpotter(
  model: ModelSpec["kind"],
  setting: Setting,
  batch: number,
  counter: Counter,
): Promise<StepCount> {
  const network = paperNetwork(model, setting);
  const { shape } = network.input;
  const clips = {
    features: new Float32Array(batch * shape.reduce((a, b) => a * b, 1)),
    labels: new Int32Array(batch),
  };
  return countStep(classifier(network, softmaxCrossEntropy), clips, { kind: "sgd", momentum: 0.9 }, counter);
}

/** No two clips are equally long. */
function countRecognizer(
  model: ModelSpec["kind"],
  setting: Setting,
  counter: Counter,
): Promise<StepCount> {
  const network = paperRecognizer(model, setting);
  const frames = Int32Array.from({ length: UTTERANCES }, (_, clip) => UTTERANCE_FRAMES - clip);
  const { shape } = utteranceBatch(network, new Float32Array(0), frames);
  const features = new Float32Array(UTTERANCES * shape.reduce((a, b) => a * b, 1));
  const clips = utteranceBatch(network, features, frames);
  return countStep(recognizer(network), clips, { kind: "adam", betas: [0.9, 0.999], eps: 1e-8 }, counter);
}

async function countStep<B>(
  learner: Learner<B>,
  clips: B,
  rule: RuleSpec,
  counter: Counter,
): Promise<StepCount> {
  const { specs } = learner.network;
  const state = createState(learner.network, Rng.fromSeed(SEED));
  const group = { lr: 1e-3, weight_decay: 1e-3, clip_norm: null };
  const plain = createOptimizer({ ...rule, stft: group, mel: group, model: group }, specs, state);
  let ofOptimizer = 0;
  const optimizer = {
    ...plain,
    step(...given: Parameters<typeof plain.step>) {
      const before = counter.programs;
      plain.step(...given);
      ofOptimizer = counter.programs - before;
    },
  };
  const trainee = { learner, state, optimizer };
  const step = () => trainStep(trainee, clips, { rateFactor: 1, dropout: Rng.fromSeed(SEED) });
  await step(); // the first one also brings parameters to the device
  const [programs, submissions] = [counter.programs, counter.submissions];
  await step();
  plain.dispose();
  disposeState(state);
  return {
    programs: counter.programs - programs,
    ofOptimizer,
    submissions: counter.submissions - submissions,
  };
}

/** Takes the place of the device's own methods until told to restore them. */
class Counter {
  programs = 0;
  submissions = 0;
  readonly #dispatch = GPUComputePassEncoder.prototype.dispatchWorkgroups;
  readonly #submit = GPUQueue.prototype.submit;

  constructor() {
    const count = (kind: "programs" | "submissions") => this[kind]++;
    const submit = this.#submit;
    GPUComputePassEncoder.prototype.dispatchWorkgroups = () => void count("programs");
    GPUQueue.prototype.submit = function (commands) {
      count("submissions");
      return submit.call(this, commands);
    };
  }

  restore(): void {
    GPUComputePassEncoder.prototype.dispatchWorkgroups = this.#dispatch;
    GPUQueue.prototype.submit = this.#submit;
  }
}

function table(rows: readonly CountRow[]): string {
  const cells = [
    ["task", "model", "setting", "composites", "(optimizer)", "kernels", "(optimizer)", "submissions"],
    ...rows.map(({ task, model, setting, composites, kernels }) => [
      task,
      model,
      setting,
      composites === null ? "-" : `${composites.programs}`,
      composites === null ? "" : `(${composites.ofOptimizer})`,
      `${kernels.programs}`,
      `(${kernels.ofOptimizer})`,
      `${composites?.submissions ?? "-"} -> ${kernels.submissions}`,
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd())
    .join("\n");
}

if (import.meta.main) {
  const { json, batch, task } = parseArgs(Deno.args, {
    boolean: ["json"],
    string: ["batch", "task"],
    default: { batch: "100", task: TASKS.join() },
  }) as { json: boolean; batch: string; task: string };
  const rows = await countDispatches(Number(batch), TASKS.filter((name) => task.split(",").includes(name)));
  console.log(json ? JSON.stringify(rows, null, 2) : table(rows));
  Deno.exit(0); // the device would keep the process waiting
}
