/** A training step on the webgpu backend, whose device computes nothing and counts what it is asked for. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../lib/base/random.ts";
import type { Setting } from "../../lib/frontends/contract.ts";
import { installWebGpuKernels } from "../../lib/kernels/webgpu/runtime.ts";
import { createState, disposeState } from "../../lib/nn/state.ts";
import { work as asr } from "../../lib/tasks/asr/work.ts";
import { work as kws } from "../../lib/tasks/kws/work.ts";
import { learnerOf } from "../../lib/train/objective.ts";
import { createOptimizer } from "../../lib/train/optimizer.ts";
import { trainStep } from "../../lib/train/step.ts";
import { ADAM, SGD } from "../support/rules.ts";
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
import { countSince, type DeviceCount, NullAdapter } from "./null_device.ts";

export interface StepCase {
  /** Keyword spotting with SGD, or phoneme recognition of padded clips with CTC and Adam. */
  readonly task: TaskName;
  readonly model: ModelName;
  readonly setting: Setting;
  /** Clips; of recognisers utterances. */
  readonly batch: number;
}

export interface DeviceStep extends Disposable {
  run(): Promise<unknown>;
  /** Programs of the last step that change parameters after the gradients are known. */
  readonly ofOptimizer: number;
}

/** What a step asks of a device once parameters, programs and the first buffers are there. */
export interface StepCount extends DeviceCount {
  /** Programs among them that change parameters after the gradients are known. */
  readonly ofOptimizer: number;
  /** Bytes of all buffers that are there after it. */
  readonly heldBytes: number;
}

const SEED = 7;
/** Until the backend has buffers of all sizes to use again. */
const WARMUPS = 12;

/** The webgpu backend in this process, which must have none yet, without this project's kernels. */
export async function openNullDevice(): Promise<NullAdapter> {
  const adapter = new NullAdapter();
  adapter.install();
  await import("@tensorflow/tfjs-backend-webgpu");
  tf.enableProdMode();
  if (!await tf.setBackend("webgpu")) throw new Error("The webgpu backend did not start");
  return adapter;
}

/** From now on operations run this project's kernels; they cannot be taken away again. */
export function installKernels(): void {
  installWebGpuKernels();
}

export async function prepareStep(
  { task, model, setting, batch }: StepCase,
  { count }: { count(): DeviceCount },
): Promise<DeviceStep> {
  const network = await paperNetwork(task, model, setting);
  const zeros = (samples: number) =>
    new Float32Array(batch * shapeAt(network, samples).reduce((a, b) => a * b, 1));
  const [learner, clips, ruleOf] = task === "kws"
    ? [learnerOf(network, kws), wordBatch(network, zeros(SAMPLES), new Int32Array(batch)), SGD] as const
    : [
      learnerOf(network, asr),
      // No two utterances are equally long.
      utteranceBatch(
        network,
        zeros(UTTERANCE_SAMPLES),
        Int32Array.from({ length: batch }, (_, clip) => UTTERANCE_FRAMES - clip),
      ),
      ADAM,
    ] as const;
  const state = createState(network, Rng.fromSeed(SEED));
  const group = { lr: 1e-3, weightDecay: 1e-3, clipNorm: null };
  const plain = createOptimizer({ stft: group, mel: group, model: group }, ruleOf, network.specs, state);
  let ofOptimizer = 0;
  const optimizer = {
    ...plain,
    step(...given: Parameters<typeof plain.step>) {
      const before = count().programs;
      plain.step(...given);
      ofOptimizer = count().programs - before;
    },
  };
  return {
    run: () =>
      trainStep({ learner, state, optimizer }, clips, { rateFactor: 1, dropout: Rng.fromSeed(SEED) }),
    get ofOptimizer() {
      return ofOptimizer;
    },
    [Symbol.dispose]() {
      plain.dispose();
      disposeState(state);
    },
  };
}

/** After a few steps, which also bring parameters to the device. */
export async function countStep(step: DeviceStep, adapter: NullAdapter): Promise<StepCount> {
  for (let i = 0; i < WARMUPS; i++) await step.run();
  const before = adapter.count;
  await step.run();
  return {
    ...countSince(adapter.count, before),
    ofOptimizer: step.ofOptimizer,
    heldBytes: adapter.heldBytes,
  };
}
