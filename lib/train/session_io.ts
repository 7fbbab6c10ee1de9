/** A training opened from files: examples, network, values to start from. */
import { loadKind } from "../base/kinds.ts";
import { Rng } from "../base/random.ts";
import type { AugmentSpec } from "../augment/contract.ts";
import type { FrontendSpec } from "../frontends/contract.ts";
import { type OpenChain, openChain } from "../frontends/open.ts";
import { idleText, planSteps, spectrumCoverage } from "../frontends/plan.ts";
import { wasmKernels } from "../kernels/wasm/runtime.ts";
import type { ModelSpec } from "../models/contract.ts";
import { buildNetwork, withFrozenModel } from "../models/network.ts";
import type { Network } from "../models/network_contract.ts";
import { createState, disposeState, frozenState } from "../nn/state.ts";
import type { NetworkState } from "../nn/types.ts";
import type { FeatureInfo } from "../records/features.ts";
import type { Lesson, Sampling, TaskWork } from "../tasks/contract.ts";
import { TASKS } from "../tasks/kinds.ts";
import { type ExampleSource, leftOutText, openExamples, readFeatureInfo } from "./example_file_io.ts";
import { augmentOf, changesOf } from "./augmentation.ts";
import { type BatchReader, readerOf } from "./batch_reader.ts";
import { type Learner, learnerOf, type Objective, objectiveOf } from "./objective.ts";
import { openWaves, type WavePlan } from "./wave_batches_io.ts";
import { openWaveWorkers } from "./wave_workers_io.ts";

/** What is trained or evaluated, in the file form of its kinds. */
export interface NetworkSpec {
  /** A kind of `tasks/kinds.ts`. */
  readonly task: string;
  readonly frontend: FrontendSpec;
  readonly model: ModelSpec;
  /** Whether the front-end's trained parts alone are trained; absent: the model is as well. */
  readonly freezeModel?: boolean;
}

export interface TrainingSpec extends NetworkSpec {
  readonly augment: AugmentSpec;
  readonly labelSmoothing: number;
  readonly classWeights: "equal" | "balanced";
  readonly classClips: Sampling["classClips"];
  readonly seed: number;
  /** How many threads make changed batches ahead of training and help it; 0: they are made when they are asked for. */
  readonly workers: number;
  readonly batchSize: number;
  /** A sampler of the task. */
  readonly sampler: string;
}

/** A network with what it is asked, made for the features of a file. */
export interface OpenNetwork {
  readonly network: Network;
  readonly work: TaskWork;
  readonly learner: Learner;
  /** The same while it is taught. */
  taught(lesson: Lesson): Learner;
  /** Of the features. */
  readonly info: FeatureInfo;
  /** Opens features, wherever they enter the network. @throws {UserError} `bad-file`, `bad-dataset`. */
  examples(path: string): ExampleSource;
}

/**
 * Builds the network for features' classes and clips, on the backend in use.
 * @param features Path of a feature file. @param warn Told how many examples of a file are left out.
 * @throws {UserError} `bad-file`.
 */
export async function openNetwork(
  spec: NetworkSpec,
  features: string,
  warn: (message: string) => void,
): Promise<OpenNetwork> {
  const info = readFeatureInfo(features);
  const { head, leastFrames, load } = await loadKind(TASKS, spec.task, "task");
  const { work } = await load();
  const whole = await buildNetwork(spec.frontend, spec.model, head, info.classes.length, info.clipSamples);
  const network = spec.freezeModel === true ? withFrozenModel(whole) : whole;
  const frozen = info.steps.length < network.frozen ? frozenState(network) : undefined;
  return {
    network,
    work,
    learner: learnerOf(network, work, frozen),
    taught: (lesson) => learnerOf(network, work, frozen, lesson),
    info,
    examples(path) {
      const source = openExamples(path, network, leastFrames);
      if (source.leftOut.length > 0) warn(leftOutText(source.leftOut));
      return source;
    },
  };
}

export interface Training extends OpenNetwork, Disposable {
  readonly training: ExampleSource;
  readonly validation: ExampleSource;
  /** Of each class in the loss; null: all weigh the same. */
  readonly classWeights: Float32Array | null;
  /** From which everything random is forked. */
  readonly rng: Rng;
  /** Initial values. */
  readonly state: NetworkState;
  /** @param clipsPerEpoch Examples drawn an epoch; null: as many as there are. */
  objective(clipsPerEpoch: number | null): Objective;
}

/** @param files Paths of feature files. @throws {UserError} `bad-file`, `bad-dataset`. */
export async function openTraining(
  spec: TrainingSpec,
  files: { readonly train: string; readonly validation: string },
  warn: (message: string) => void,
): Promise<Training> {
  const open = await openNetwork(spec, files.train, warn);
  const idle = idleText(spectrumCoverage(await planSteps(spec.frontend.steps)));
  if (idle !== undefined) warn(idle);
  const { network, work } = open;
  const training = open.examples(files.train);
  const classWeights = spec.classWeights === "equal" ? undefined : work.balancedWeights?.(training);
  const learner = open.taught({ smoothing: spec.labelSmoothing, ...(classWeights && { classWeights }) });
  const validation = open.examples(files.validation);
  const reader = await readerFor(spec, open, training, files.train);
  const rng = Rng.fromSeed(spec.seed);
  const state = createState(network, rng.fork("init"));
  return {
    ...open,
    learner,
    classWeights: classWeights ?? null,
    training,
    validation,
    rng,
    state,
    objective: (clipsPerEpoch) =>
      objectiveOf(learner, work, {
        train: training,
        validation,
        sampler: spec.sampler,
        clipsPerEpoch,
        classClips: spec.classClips,
        batchSize: spec.batchSize,
        reader,
      }),
    [Symbol.dispose]() {
      reader[Symbol.dispose]();
      training[Symbol.dispose]();
      validation[Symbol.dispose]();
      disposeState(state);
    },
  };
}

async function readerFor(
  { task, augment, frontend, workers }: TrainingSpec,
  { network }: OpenNetwork,
  source: ExampleSource,
  path: string,
): Promise<BatchReader & Disposable> {
  const kept = { [Symbol.dispose]: () => {} };
  const changes = await changesOf(augment);
  if (changes.length === 0) return { ...readerOf(source), ...kept };
  if (!changes.includes("waves")) {
    return { ...readerOf(source, await augmentOf(augment, source, network)), ...kept };
  }
  const chain = await openChain(await planSteps(frontend.steps));
  const constants = frozenState(chain);
  const pass = await longestPass(chain, constants);
  disposeState(constants);
  const plan = { path, task, frontend, classes: network.classes, augment, pass };
  return workers === 0
    ? await openWaves(plan)
    : openWaveWorkers(plan, workers, () => wasmKernels()?.invite());
}

/** As much of the frozen prefix as whoever reads waves can compute. @param constants Its tensors. */
async function longestPass(chain: OpenChain, constants: NetworkState): Promise<WavePlan["pass"]> {
  for (let to = chain.frozen; to > 0; to--) {
    const made = await chain.pass(constants, to);
    if (made !== undefined) return { to, made };
  }
  return null;
}
