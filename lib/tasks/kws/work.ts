/** Keyword spotting at work: one decision for each clip, learnt by cross entropy. */
import * as tf from "@tensorflow/tfjs";
import { softCrossEntropy, softmaxCrossEntropy } from "../../kernels/softmax_cross_entropy/op.ts";
import { accuracy, countBatch, meanCrossEntropy, startCounts } from "../../metrics/classification.ts";
import { batchesInOrder, batchesOf } from "../batches.ts";
import type { Batch, Examples, Lesson, Sampling, Tally, TaskWork, ToldExample } from "../contract.ts";
import { keywordFigures } from "./figures.ts";
import { classWeights, clipsInEpoch, epochOrder, samplerOf, type SamplerSpec } from "./sampler.ts";

export const work: TaskWork = {
  loss(logits, { labels, mixed }, lesson = PLAIN) {
    const scores = logits as tf.Tensor2D;
    const { smoothing, classWeights } = lesson;
    if (mixed === undefined && smoothing === 0 && classWeights === undefined) {
      return softmaxCrossEntropy(scores, tf.tensor1d(labels, "int32"));
    }
    const targets = targetsOf(labels, mixed, smoothing, scores.shape[1]);
    return softCrossEntropy(scores, targets, classWeights && sharesOf(targets, classWeights));
  },
  balancedWeights: (source) => classWeights(classOfEach(source), source.classes.length),
  epochBatches: (sampling, source, batchSize, rng) =>
    batchesOf(epochOrder(specOf(sampling), classOfEach(source), source.classes, rng), batchSize),
  stepsPerEpoch: (sampling, source, batchSize) =>
    Math.ceil(clipsInEpoch(specOf(sampling), classOfEach(source), source.classes) / batchSize),
  evaluationBatches: ({ count }, batchSize) => batchesInOrder(count, batchSize),
  startTally: (classes, _groups, telling = false) => tallyOf(classes, telling),
};

const PLAIN: Lesson = { smoothing: 0 };

function specOf({ sampler, most, classClips }: Sampling): SamplerSpec {
  return { kind: samplerOf(sampler), clipsPerEpoch: most, classClips };
}

/** `[clips]`: what each weighs by its classes, as a share of the batch, as torch.nn.CrossEntropyLoss has it. */
function sharesOf(targets: tf.Tensor2D, classWeights: Float32Array): tf.Tensor1D {
  const weights = tf.sum<tf.Tensor1D>(tf.mul(targets, tf.tensor1d(classWeights)), 1);
  return tf.div(weights, tf.sum(weights));
}

/** `[count]`. */
function classOfEach(source: Examples): Int32Array {
  return Int32Array.from({ length: source.count }, (_, row) => source.labelsOf(row)[0]!);
}

/** `[clips, classes]`: how much of each class each clip is. */
function targetsOf(
  labels: Int32Array,
  mixed: Batch["mixed"],
  smoothing: number,
  classes: number,
): tf.Tensor2D {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  const add = (clip: number, label: number, share: number) => {
    targets[clip * classes + label]! += (1 - smoothing) * share;
  };
  labels.forEach((label, clip) => {
    const share = mixed?.shares[clip] ?? 0;
    add(clip, label, 1 - share);
    if (mixed !== undefined) add(clip, mixed.labels[clip]!, share);
  });
  return tf.tensor2d(targets, [labels.length, classes]);
}

function tallyOf(classes: readonly string[], telling: boolean): Tally {
  const counts = startCounts(classes.length);
  const told: ToldExample[] = [];
  return {
    add({ labels, rows }, logits) {
      countBatch(counts, logits, labels);
      if (!telling) return;
      for (let clip = 0; clip < labels.length; clip++) {
        const own = logits.subarray(clip * classes.length, (clip + 1) * classes.length);
        const taken = toldOf(own, labels[clip]!, classes);
        told.push({ row: rows[clip]!, ...taken });
      }
    },
    accuracy: () => accuracy(counts),
    loss: () => meanCrossEntropy(counts),
    figures: () => keywordFigures(counts, classes),
    told,
  };
}

/** Takes a clip for the first class with the largest logit; probabilities are by softmax. @param label What it is. */
function toldOf(
  logits: Float32Array,
  label: number,
  classes: readonly string[],
): Omit<ToldExample, "row"> {
  const largest = Math.max(...logits);
  const taken = logits.indexOf(largest);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return {
    labels: [classes[taken]!],
    posterior: 1 / total,
    posteriors: logits.map((logit) => Math.exp(logit - largest) / total),
    loss: Math.log(total) + largest - logits[label]!,
    score: taken === label ? 1 : 0,
    of: 1,
  };
}
