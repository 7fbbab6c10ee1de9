/** One training step: forward, backward, optimizer, projection. */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../base/random.ts";
import type { Network, NetworkState } from "../nn/types.ts";
import { featureTensor } from "./evaluate.ts";
import type { Gradients, Optimizer } from "./optimizer.ts";
import type { Batch } from "./source.ts";

/** @param logits `[batch, classes]`. @param labels `[batch]`, int32. @returns The mean over the batch. */
export type LossFunction = (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Scalar;

export interface Trainee {
  readonly network: Network;
  readonly state: NetworkState;
  readonly optimizer: Optimizer;
  readonly loss: LossFunction;
}

export interface StepOutcome {
  /** Mean over the batch under the parameters before the step. */
  readonly loss: number;
  /** `[batch, classes]`, under the same parameters. */
  readonly logits: Float32Array;
}

/**
 * Takes one step on one batch, changing state and optimizer in place.
 * @param rateFactor Multiplies the learning rates.
 * @param shape Shape of one clip's features.
 * @param dropout Draws the dropout masks of this step.
 */
export async function trainStep(
  trainee: Trainee,
  batch: Batch,
  { shape, rateFactor, dropout }: {
    readonly shape: readonly number[];
    readonly rateFactor: number;
    readonly dropout: Rng;
  },
): Promise<StepOutcome> {
  const { network, state, optimizer } = trainee;
  const [loss, logits] = tf.tidy(() => {
    const features = featureTensor(batch, shape);
    const labels = tf.tensor1d(batch.labels, "int32");
    const outcome = differentiate(trainee, features, labels, dropout);
    optimizer.step(outcome.gradients, rateFactor);
    network.project(state);
    return [outcome.loss, outcome.logits] as const;
  }) as [tf.Scalar, tf.Tensor2D];
  const [lossValue, logitValues] = [await loss.data<"float32">(), await logits.data<"float32">()];
  loss.dispose();
  logits.dispose();
  return { loss: lossValue[0]!, logits: logitValues };
}

function differentiate(
  { network, state, loss }: Trainee,
  features: tf.Tensor,
  labels: tf.Tensor1D,
  dropout: Rng,
): { loss: tf.Scalar; logits: tf.Tensor2D; gradients: Gradients } {
  const trained = network.specs.filter((spec) => spec.trainable).map(({ name }) =>
    [name, state.get(name)!] as const
  );
  let logits: tf.Tensor2D | undefined;
  const { value, grads } = tf.variableGrads(() => {
    // keep: the gradient's own scope would take it away; the step disposes of it
    logits = tf.keep(network.forward(state, features, { training: true, dropout }));
    return loss(logits, labels);
  }, trained.map(([, variable]) => variable));
  const gradients = new Map<string, tf.Tensor>();
  for (const [name, variable] of trained) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) gradients.set(name, gradient);
  }
  return { loss: value, logits: logits!, gradients };
}
