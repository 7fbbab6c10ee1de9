/** Phoneme recognition at work: one decision for each frame, learnt by connectionist temporal classification. */
import type * as tf from "@tensorflow/tfjs";
import type { JsonObject } from "../../base/json.ts";
import { decode, decoderSchema, type DecoderSpec } from "../../decoding/decoder.ts";
import { ctcLoss } from "../../kernels/ctc_loss/op.ts";
import { sequenceLoss } from "../../kernels/ctc_loss/sequence_loss.ts";
import { editDistance } from "../../metrics/edit_distance.ts";
import {
  countRecognized,
  errorRate,
  meanLoss,
  type Recognized,
  startRecognition,
} from "../../metrics/recognition.ts";
import { FOLDED_PHONES, foldingOf } from "../../phones/timit.ts";
import { batchesInOrder } from "../batches.ts";
import type { Batch, Tally, TaskWork, ToldExample } from "../contract.ts";
import { phonemeFigures } from "./figures.ts";
import { batchesByLength, epochBatches, stepsPerEpoch } from "./order.ts";

export const work: TaskWork = {
  loss: (logits, batch) => ctcLoss(logits as tf.Tensor3D, batch),
  epochBatches: ({ sampler, most }, { frames }, batchSize, rng) =>
    epochBatches(sampler, frames, batchSize, most, rng),
  stepsPerEpoch: ({ most }, { count }, batchSize) => stepsPerEpoch(count, batchSize, most),
  evaluationBatches: ({ count, frames }, batchSize, inOrder) =>
    inOrder ? batchesInOrder(count, batchSize) : batchesByLength(frames, batchSize),
  startTally: (classes, groups, telling = false) => tallyOf(classes, decoderOf(groups), telling),
};

/** Training and validation decode greedily, and count the classes as they are. */
function decoderOf({ decoder }: JsonObject): DecoderSpec | null {
  return decoder === undefined ? null : decoderSchema.parse(decoder);
}

function tallyOf(classes: readonly string[], decoder: DecoderSpec | null, telling: boolean): Tally {
  const of = decoder === null ? null : foldingOf(classes);
  const counts = startRecognition(classes, of === null ? null : { labels: FOLDED_PHONES, of });
  const told: ToldExample[] = [];
  return {
    add(batch, logits, loss) {
      const recognized = recognizedOf(batch, logits, loss, decoder ?? { kind: "greedy" });
      countRecognized(counts, recognized);
      if (!telling) return;
      const scored = (of === null ? counts.all : counts.folded).slice(-recognized.length);
      recognized.forEach(({ hypothesis, reference: said }, clip) => {
        const labels = Array.from(hypothesis, (label) => classes[label]!);
        const { reference, ...errors } = scored[clip]!;
        told.push({
          row: batch.rows[clip]!,
          labels,
          posterior: null,
          posteriors: null,
          loss: sequenceLoss(logitsOf(batch, logits, clip), classes.length, said),
          score: editDistance(errors),
          of: reference,
        });
      });
    },
    accuracy: () => 1 - errorRate(counts),
    loss: () => meanLoss(counts),
    figures: () => phonemeFigures(counts),
    told,
  };
}

/** `[frames, classes]` of one clip of a batch. */
function logitsOf({ clips, frames }: Batch, logits: Float32Array, clip: number): Float32Array {
  const size = logits.length / clips;
  const longest = frames.reduce((all, count) => Math.max(all, count), 0);
  return logits.subarray(clip * size, clip * size + frames[clip]! * size / longest);
}

/**
 * Decodes a batch.
 * @param logits `[clips, frames of the longest, classes]`.
 * @param loss Mean over the batch: each clip is given this, so that sums over clips are right.
 */
function recognizedOf(batch: Batch, logits: Float32Array, loss: number, decoder: DecoderSpec): Recognized[] {
  const { clips, labels, labelLengths, frames } = batch;
  const most = labels.length / clips;
  const longest = frames.reduce((all, count) => Math.max(all, count), 0);
  const classes = logits.length / (clips * longest);
  return Array.from(labelLengths, (length, clip) => {
    const input = { logits, offset: clip * longest * classes, frames: frames[clip]!, classes };
    const reference = labels.subarray(clip * most, clip * most + length);
    return { reference, hypothesis: decode(decoder, input).labels, loss };
  });
}
