/** Training one decision for each clip. */
import * as tf from "@tensorflow/tfjs";
import { accuracy, countBatch, meanCrossEntropy, startCounts } from "../metrics/classification.ts";
import type { Network } from "../nn/types.ts";
import { evaluateNetwork, featureTensor } from "./evaluate.ts";
import type { Learner, Objective } from "./objective.ts";
import { clipsInEpoch, epochOrder, type SamplerSpec } from "./sampler.ts";
import type { Batch, BatchSource } from "./source.ts";

/** @param logits `[batch, classes]`. @param labels `[batch]`, int32. @returns The mean over the batch. */
export type LossFunction = (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Scalar;

export interface ClassifierData {
  readonly train: BatchSource;
  readonly validation: BatchSource;
  readonly classes: readonly string[];
  readonly sampler: SamplerSpec;
  readonly batchSize: number;
}

export function classifier(network: Network, loss: LossFunction): Learner<Batch> {
  return {
    network,
    forward(state, batch, mode) {
      const logits = network.forward(state, featureTensor(batch, network.input.shape), mode);
      return { loss: loss(logits, tf.tensor1d(batch.labels, "int32")), logits };
    },
  };
}

export function classifying(
  network: Network,
  loss: LossFunction,
  { train, validation, classes, sampler, batchSize }: ClassifierData,
): Objective<Batch> {
  return {
    learner: classifier(network, loss),
    stepsPerEpoch: Math.ceil(clipsInEpoch(sampler, train.count) / batchSize),
    epochBatches(rng) {
      const order = epochOrder(sampler, train.labels, classes, rng);
      const batches = [];
      for (let at = 0; at < order.length; at += batchSize) batches.push(order.subarray(at, at + batchSize));
      return batches;
    },
    read: (rows) => train.read(rows),
    startTally() {
      const counts = startCounts(network.classes);
      return {
        add: (batch, logits) => countBatch(counts, logits, batch.labels),
        accuracy: () => accuracy(counts),
      };
    },
    async validate(state) {
      const counts = await evaluateNetwork(network, state, validation, batchSize);
      return { loss: meanCrossEntropy(counts), accuracy: accuracy(counts) };
    },
  };
}
