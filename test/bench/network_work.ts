/** Training steps, inference and the front-end, prepared so that one call is one timed run. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../lib/base/random.ts";
import { writeTensors } from "../../lib/formats/safetensors_io.ts";
import { buildFrontend } from "../../lib/frontends/chain.ts";
import { softmaxCrossEntropy } from "../../lib/kernels/softmax_cross_entropy/op.ts";
import { countTrainable, createState } from "../../lib/nn/state.ts";
import type { NetworkState } from "../../lib/nn/types.ts";
import { classifier } from "../../lib/train/classifier.ts";
import { featureTensor } from "../../lib/train/evaluate.ts";
import { createOptimizer } from "../../lib/train/optimizer.ts";
import { trainStep } from "../../lib/train/step.ts";
import type { BenchCase } from "./cases.ts";
import {
  exchangeTensors,
  paperFrontend,
  paperNetwork,
  prefixed,
  SAMPLES,
  syntheticLabels,
  syntheticWaves,
} from "./inputs.ts";
import type { Work } from "./work.ts";

/** So small that hundreds of steps on one batch leave all numbers ordinary. A step costs the same at any rate. */
const RATE = 1e-6;
const SEED = 7;

type CaseOf<Kind extends BenchCase["kind"]> = Extract<BenchCase, { readonly kind: Kind }>;

/** @param exchange Where to write weights and inputs for another implementation. */
export async function prepareTraining(
  { model, setting, batch }: CaseOf<"train">,
  exchange: string | undefined,
): Promise<Work> {
  const network = paperNetwork(model, setting);
  const state = createState(network, Rng.fromSeed(SEED));
  const [waves, labels] = [syntheticWaves(batch), syntheticLabels(batch)];
  if (exchange !== undefined) writeTensors(exchange, await exchangeTensors(state, waves, labels));
  const clips = { features: await prefixed(setting, waves), labels };
  const { shape } = network.input;
  const first = tf.tidy(() => {
    const logits = network.forward(state, featureTensor(clips, shape), { training: true });
    return softmaxCrossEntropy(logits, tf.tensor1d(labels, "int32"));
  });
  const loss = (await first.data())[0]!;
  first.dispose();
  const group = { lr: RATE, weight_decay: 1e-3, clip_norm: null };
  const optimizer = createOptimizer(
    { kind: "sgd", momentum: 0.9, stft: group, mel: group, model: group },
    network.specs,
    state,
  );
  const trainee = { learner: classifier(network, softmaxCrossEntropy), state, optimizer };
  const rng = Rng.fromSeed(SEED).fork("dropout");
  let step = 0;
  return {
    loss,
    trained: countTrainable(network),
    run: () => trainStep(trainee, clips, { rateFactor: 1, dropout: rng.fork(step++) }),
  };
}

export async function prepareInference(
  { model, batch, cached }: CaseOf<"infer">,
  exchange: string | undefined,
): Promise<Work> {
  const setting = cached ? "A" : "D"; // D is the setting whose network takes in waveforms
  const network = paperNetwork(model, setting);
  const state = createState(network, Rng.fromSeed(SEED));
  const [waves, labels] = [syntheticWaves(batch), syntheticLabels(batch)];
  if (exchange !== undefined) writeTensors(exchange, await exchangeTensors(state, waves, labels));
  const clips = { features: await prefixed(setting, waves), labels };
  const logits = () =>
    tf.tidy(() => network.forward(state, featureTensor(clips, network.input.shape), { training: false }));
  const first = tf.tidy(() => softmaxCrossEntropy(logits(), tf.tensor1d(labels, "int32")));
  const loss = (await first.data())[0]!;
  first.dispose();
  return { loss, run: () => readAndDispose(logits()) };
}

export function prepareFrontend({ batch, backward }: CaseOf<"frontend">): Work {
  const frontend = buildFrontend(paperFrontend("D"), SAMPLES);
  const state: NetworkState = createState(
    { ...paperNetwork("linear", "D"), specs: frontend.specs },
    Rng.fromSeed(SEED),
  );
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
