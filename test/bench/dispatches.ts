/**
 * Counts the programs that one training step starts on WebGPU, with and without this project's kernels:
 * `deno run -A test/bench/dispatches.ts [--json] [--batch 100]`. On a graphics card the time that JavaScript takes for
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
import { createOptimizer } from "../../lib/train/optimizer.ts";
import { classifier } from "../../lib/train/classifier.ts";
import { trainStep } from "../../lib/train/step.ts";
import { paperNetwork } from "./inputs.ts";

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
  readonly model: ModelSpec["kind"];
  readonly setting: Setting;
  readonly composites: StepCount;
  readonly kernels: StepCount;
}

const MODELS = ["linear", "bc_resnet"] as const;
const SETTINGS = ["A", "B", "C", "D"] as const;
const SEED = 7;

/** Opens the backend, which must not be open yet, as kernels cannot be taken away again. */
export async function countDispatches(batch: number): Promise<CountRow[]> {
  await import("@tensorflow/tfjs-backend-webgpu");
  tf.enableProdMode();
  if (!await tf.setBackend("webgpu")) throw new Error("The webgpu backend did not start");
  const counter = new Counter();
  try {
    const cases = MODELS.flatMap((model) => SETTINGS.map((setting) => ({ model, setting })));
    const composites = await countAll(cases, batch, counter);
    installWebGpuKernels();
    const kernels = await countAll(cases, batch, counter);
    return cases.map((row, i) => ({ ...row, composites: composites[i]!, kernels: kernels[i]! }));
  } finally {
    counter.restore();
  }
}

async function countAll(
  cases: readonly { readonly model: ModelSpec["kind"]; readonly setting: Setting }[],
  batch: number,
  counter: Counter,
): Promise<StepCount[]> {
  const counts: StepCount[] = [];
  for (const { model, setting } of cases) counts.push(await countStep(model, setting, batch, counter));
  return counts;
}

async function countStep(
  model: ModelSpec["kind"],
  setting: Setting,
  batch: number,
  counter: Counter,
): Promise<StepCount> {
  const network = paperNetwork(model, setting);
  const state = createState(network, Rng.fromSeed(SEED));
  const group = { lr: 1e-3, weight_decay: 1e-3, clip_norm: null };
  const sgd = createOptimizer(
    { kind: "sgd", momentum: 0.9, stft: group, mel: group, model: group },
    network.specs,
    state,
  );
  let ofOptimizer = 0;
  const optimizer = {
    ...sgd,
    step(...given: Parameters<typeof sgd.step>) {
      const before = counter.programs;
      sgd.step(...given);
      ofOptimizer = counter.programs - before;
    },
  };
  const trainee = { learner: classifier(network, softmaxCrossEntropy), state, optimizer };
  const { shape } = network.input;
  const clips = {
    features: new Float32Array(batch * shape.reduce((a, b) => a * b, 1)),
    labels: new Int32Array(batch),
  };
  const step = () => trainStep(trainee, clips, { rateFactor: 1, dropout: Rng.fromSeed(SEED) });
  await step(); // the first one also brings parameters to the device
  const [programs, submissions] = [counter.programs, counter.submissions];
  await step();
  sgd.dispose();
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
    ["model", "setting", "composites", "(optimizer)", "kernels", "(optimizer)", "submissions"],
    ...rows.map(({ model, setting, composites, kernels }) => [
      model,
      setting,
      `${composites.programs}`,
      `(${composites.ofOptimizer})`,
      `${kernels.programs}`,
      `(${kernels.ofOptimizer})`,
      `${composites.submissions} -> ${kernels.submissions}`,
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd())
    .join("\n");
}

if (import.meta.main) {
  const { json, batch } = parseArgs(Deno.args, {
    boolean: ["json"],
    string: ["batch"],
    default: { batch: "100" },
  }) as { json: boolean; batch: string };
  const rows = await countDispatches(Number(batch));
  console.log(json ? JSON.stringify(rows, null, 2) : table(rows));
  Deno.exit(0); // the device would keep the process waiting
}
