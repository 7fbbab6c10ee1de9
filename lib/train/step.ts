/** One training step: forward, backward, optimizer, projection. */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../base/random.ts";
import type { NetworkState } from "../nn/types.ts";
import type { Batch } from "../tasks/contract.ts";
import type { Learner } from "./objective.ts";
import type { Gradients, Optimizer } from "./optimizer.ts";

export interface Trainee {
  readonly learner: Learner;
  readonly state: NetworkState;
  readonly optimizer: Optimizer;
}

export interface StepOutcome {
  /** Mean over the batch under the parameters before the step. */
  readonly loss: number;
  /** Under the same parameters, row-major. */
  readonly logits: Float32Array;
}

/**
 * Takes one step on one batch, changing state and optimizer in place.
 * @param rateFactor Multiplies the learning rates.
 * @param dropout Draws the dropout masks of this step.
 */
export async function trainStep(
  trainee: Trainee,
  batch: Batch,
  { rateFactor, dropout }: { readonly rateFactor: number; readonly dropout: Rng },
): Promise<StepOutcome> {
  const { learner, state, optimizer } = trainee;
  const [loss, logits] = tf.tidy(() => {
    const outcome = differentiate(trainee, batch, dropout);
    optimizer.step(outcome.gradients, rateFactor);
    learner.network.project(state);
    return [outcome.loss, outcome.logits] as const;
  }) as [tf.Scalar, tf.Tensor];
  const [lossValue, logitValues] = [await loss.data<"float32">(), await logits.data<"float32">()];
  loss.dispose();
  logits.dispose();
  return { loss: lossValue[0]!, logits: logitValues };
}

function differentiate(
  { learner, state }: Trainee,
  batch: Batch,
  dropout: Rng,
): { loss: tf.Scalar; logits: tf.Tensor; gradients: Gradients } {
  const trained = learner.network.specs.filter((spec) => spec.trainable).map(({ name }) =>
    [name, state.get(name)!] as const
  );
  let logits: tf.Tensor | undefined;
  const { value, grads } = tf.variableGrads(() => {
    const outcome = learner.forward(state, batch, { training: true, dropout });
    // keep: the gradient's own scope would take it away; the step disposes of it
    logits = tf.keep(outcome.logits);
    return outcome.loss;
  }, trained.map(([, variable]) => variable));
  const gradients = new Map<string, tf.Tensor>();
  for (const [name, variable] of trained) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) gradients.set(name, gradient);
  }
  return { loss: value, logits: logits!, gradients };
}
