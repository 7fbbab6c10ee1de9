/**
 * Counts the programs that one training step starts on WebGPU, with and without this project's kernels:
 * `deno run -A test/bench/dispatches.ts [--json] [--batch 100] [--task kws,asr]`. On a graphics card the time that JavaScript takes for
 * a step is proportional to this number. Programs are counted and not executed, so any adapter will do.
 */
import * as tf from "@tensorflow/tfjs";
import { parseArgs } from "@std/cli/parse-args";
import { Rng } from "../../lib/base/random.ts";
import { type Setting, SETTINGS } from "../../lib/frontends/contract.ts";
import { installWebGpuKernels } from "../../lib/kernels/webgpu/runtime.ts";
import { createState, disposeState } from "../../lib/nn/state.ts";
import { work as asr } from "../../lib/tasks/asr/work.ts";
import type { Batch } from "../../lib/tasks/contract.ts";
import { work as kws } from "../../lib/tasks/kws/work.ts";
import { type Learner, learnerOf } from "../../lib/train/objective.ts";
import { createOptimizer } from "../../lib/train/optimizer.ts";
import { trainStep } from "../../lib/train/step.ts";
import { ADAM, type RuleOf, SGD } from "../support/rules.ts";
import type { ModelName } from "./cases.ts";
import {
  paperNetwork,
  SAMPLES,
  shapeAt,
  type TaskName,
  UTTERANCE_FRAMES,
  UTTERANCE_SAMPLES,
  utteranceBatch,
  wordBatch,
} from "./inputs.ts";

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
  readonly task: TaskName;
  readonly model: ModelName;
  readonly setting: Setting;
  /** Null for recognizers, whose composites start programs for each frame and take minutes to count. */
  readonly composites: StepCount | null;
  readonly kernels: StepCount;
}

interface CountCase {
  readonly task: TaskName;
  readonly model: ModelName;
  readonly setting: Setting;
}

const TASKS = ["kws", "asr"] as const;
const MODELS = ["linear", "bc_resnet"] as const;
const SEED = 7;
const UTTERANCES = 16;

/** Opens the backend, which must not be open yet, as kernels cannot be taken away again. */
export async function countDispatches(batch: number, tasks: readonly TaskName[]): Promise<CountRow[]> {
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
    const network = await paperNetwork(task, model, setting);
    const zeros = (clips: number, samples: number) =>
      new Float32Array(clips * shapeAt(network, samples).reduce((a, b) => a * b, 1));
    counts.push(
      task === "kws"
        ? await countStep(
          learnerOf(network, kws),
          wordBatch(network, zeros(batch, SAMPLES), new Int32Array(batch)),
          SGD,
          counter,
        )
        : await countStep(
          learnerOf(network, asr),
          // No two utterances are equally long.
          utteranceBatch(
            network,
            zeros(UTTERANCES, UTTERANCE_SAMPLES),
            Int32Array.from({ length: UTTERANCES }, (_, clip) => UTTERANCE_FRAMES - clip),
          ),
          ADAM,
          counter,
        ),
    );
  }
  return counts;
}

async function countStep(
  learner: Learner,
  clips: Batch,
  ruleOf: RuleOf,
  counter: Counter,
): Promise<StepCount> {
  const { specs } = learner.network;
  const state = createState(learner.network, Rng.fromSeed(SEED));
  const group = { lr: 1e-3, weightDecay: 1e-3, clipNorm: null };
  const plain = createOptimizer({ stft: group, mel: group, model: group }, ruleOf, specs, state);
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
