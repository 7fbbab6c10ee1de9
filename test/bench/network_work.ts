/** Training steps, inference and the front-end, prepared so that one call is one timed run. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../lib/base/random.ts";
import { writeTensors } from "../../lib/formats/safetensors_io.ts";
import { softmaxCrossEntropy } from "../../lib/kernels/softmax_cross_entropy/op.ts";
import type { Network } from "../../lib/models/network_contract.ts";
import { countTrainable, createState, frozenState } from "../../lib/nn/state.ts";
import { work as asr } from "../../lib/tasks/asr/work.ts";
import type { Batch, TaskWork } from "../../lib/tasks/contract.ts";
import { work as kws } from "../../lib/tasks/kws/work.ts";
import { learnerOf } from "../../lib/train/objective.ts";
import { createOptimizer } from "../../lib/train/optimizer.ts";
import { trainStep } from "../../lib/train/step.ts";
import { asPreferred } from "../lib/frontends/filters/front_ends.ts";
import { leaf, nnAudio, opened } from "../lib/frontends/papers.ts";
import { ADAM, type RuleOf, SGD } from "../support/rules.ts";
import type { Setting } from "../../lib/frontends/contract.ts";
import type { BenchCase } from "./cases.ts";
import {
  exchangeTensors,
  paperNetwork,
  prefixed,
  SAMPLES,
  shapeAt,
  syntheticLabels,
  syntheticPhones,
  syntheticWaves,
  type TaskName,
  UTTERANCE_FRAMES,
  UTTERANCE_SAMPLES,
  utteranceBatch,
  wordBatch,
} from "./inputs.ts";
import type { Work } from "./work.ts";

/** So small that hundreds of steps on one batch leave all numbers ordinary. A step costs the same at any rate. */
const RATE = 1e-6;
const SEED = 7;

type CaseOf<Kind extends BenchCase["kind"]> = Extract<BenchCase, { readonly kind: Kind }>;

/** A task's examples and how it learns from them. */
interface Paper {
  readonly task: TaskName;
  readonly work: TaskWork;
  /** Of an example. */
  readonly samples: number;
  readonly weightDecay: number;
  readonly ruleOf: RuleOf;
  labels(clips: number): Int32Array;
  batch(network: Network, features: Float32Array, labels: Int32Array, clips: number): Batch;
}

const PAPERS: Readonly<Record<"train" | "recognize", Paper>> = {
  train: {
    task: "kws",
    work: kws,
    samples: SAMPLES,
    weightDecay: 1e-3,
    ruleOf: SGD,
    labels: syntheticLabels,
    batch: wordBatch,
  },
  recognize: {
    task: "asr",
    work: asr,
    samples: UTTERANCE_SAMPLES,
    weightDecay: 0,
    ruleOf: ADAM,
    labels: syntheticPhones,
    batch: (network, features, _labels, clips) =>
      utteranceBatch(network, features, new Int32Array(clips).fill(UTTERANCE_FRAMES)),
  },
};

function frontendOf(given: CaseOf<"train" | "recognize">) {
  const further = "frontend" in given ? given.frontend : undefined;
  if (further === undefined) return nnAudio;
  return further === "leaf" ? leaf : (setting: Setting) => asPreferred(further, setting);
}

/** @param exchange Where to write weights and inputs for another implementation. */
export async function prepareTraining(
  given: CaseOf<"train" | "recognize">,
  exchange: string | undefined,
): Promise<Work> {
  const { kind, model, setting, batch } = given;
  const paper = PAPERS[kind];
  const network = await paperNetwork(paper.task, model, setting, frontendOf(given));
  const state = createState(network, Rng.fromSeed(SEED));
  const [waves, labels] = [syntheticWaves(batch, paper.samples), paper.labels(batch)];
  if (exchange !== undefined) writeTensors(exchange, await exchangeTensors(state, waves, labels, batch));
  const clips = paper.batch(network, await prefixed(network, waves, paper.samples), labels, batch);
  const learner = learnerOf(network, paper.work);
  const first = tf.tidy(() => learner.forward(state, clips, { training: true }).loss);
  const loss = (await first.data())[0]!;
  first.dispose();
  const group = { lr: RATE, weightDecay: paper.weightDecay, clipNorm: null };
  const ofParts = Object.fromEntries(network.specs.map((spec) => [spec.group, group]));
  const groups = { stft: group, mel: group, model: group, ...ofParts };
  const optimizer = createOptimizer(groups, paper.ruleOf, network.specs, state);
  const rng = Rng.fromSeed(SEED).fork("dropout");
  let step = 0;
  return {
    loss,
    trained: countTrainable(network),
    run: () => trainStep({ learner, state, optimizer }, clips, { rateFactor: 1, dropout: rng.fork(step++) }),
  };
}

export async function prepareInference(
  { model, batch, cached }: CaseOf<"infer">,
  exchange: string | undefined,
): Promise<Work> {
  // D is the setting whose network takes in waveforms
  const network = await paperNetwork("kws", model, cached ? "A" : "D");
  const state = createState(network, Rng.fromSeed(SEED));
  const [waves, labels] = [syntheticWaves(batch), syntheticLabels(batch)];
  if (exchange !== undefined) writeTensors(exchange, await exchangeTensors(state, waves, labels));
  const features = await prefixed(network, waves);
  const shape = [batch, ...shapeAt(network, SAMPLES)];
  const logits = () =>
    tf.tidy(() => network.forward(state, tf.tensor(features, shape), { training: false }) as tf.Tensor2D);
  const first = tf.tidy(() => softmaxCrossEntropy(logits(), tf.tensor1d(labels, "int32")));
  const loss = (await first.data())[0]!;
  first.dispose();
  return { loss, run: () => readAndDispose(logits()) };
}

export async function prepareFrontend({ batch, backward }: CaseOf<"frontend">): Promise<Work> {
  const frontend = await opened(await nnAudio("D"));
  const state = createState(frontend, Rng.fromSeed(SEED));
  const waves = syntheticWaves(batch);
  const logmel = () => frontend.forward(state, tf.tensor2d(waves, [batch, SAMPLES]), { training: true });
  if (!backward) return { run: () => readOne(tf.tidy(logmel)) };
  const trained = frontend.specs.map(({ name }) => state.get(name)!);
  return {
    async run() {
      const { value, grads } = tf.tidy(() => tf.variableGrads(() => tf.mean(logmel()) as tf.Scalar, trained));
      await readOne(value);
      tf.dispose(grads);
    },
  };
}

/** The peer computes the same with its own fast Fourier transform. */
export async function prepareFixed(
  { representation, batch }: CaseOf<"fixed">,
  exchange: string | undefined,
): Promise<Work> {
  const network = await paperNetwork("kws", "linear", representation === "logmel" ? "A" : "B");
  const frozen = frozenState(network);
  const waves = syntheticWaves(batch);
  if (exchange !== undefined) {
    const state = createState(network, Rng.fromSeed(SEED));
    writeTensors(exchange, await exchangeTensors(state, waves, syntheticLabels(batch)));
  }
  const clips = tf.tensor2d(waves, [batch, SAMPLES]);
  const features = () =>
    tf.tidy(() => network.transform(frozen, clips, { training: false }, 0, network.frozen));
  const first = features();
  const values = await first.data<"float32">();
  const loss = values.reduce((sum, value) => sum + value, 0) / values.length; // the backend adds up in float32
  first.dispose();
  return { loss, rate: { unit: "clips/s", amount: batch }, run: () => readOne(features()) };
}

async function readAndDispose(tensor: tf.Tensor): Promise<void> {
  await tensor.data();
  tensor.dispose();
}

/** Waits for a result without fetching all of it: log-mel stays where it was made. */
async function readOne(tensor: tf.Tensor): Promise<void> {
  const one = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), 0, 1));
  await one.data();
  tf.dispose([one, tensor]);
}
