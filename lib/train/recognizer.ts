/** Training one decision for each frame, by connectionist temporal classification. */
import * as tf from "@tensorflow/tfjs";
import { decode, type DecoderSpec } from "../decoding/decoder.ts";
import { ctcLoss } from "../kernels/ctc_loss/op.ts";
import {
  countRecognized,
  errorRate,
  meanLoss,
  type Recognized,
  startRecognition,
} from "../metrics/recognition.ts";
import type { NetworkState, SequenceNetwork } from "../nn/types.ts";
import type { Learner, Objective } from "./objective.ts";
import { batchesByLength, sequenceBatches, type SequenceSampler, sequenceSteps } from "./sequence_order.ts";
import { labelsOf, type SequenceBatch, type SequenceSource } from "./sequence_source.ts";

export interface RecognizerData {
  readonly train: SequenceSource;
  readonly validation: SequenceSource;
  readonly classes: readonly string[];
  readonly sampler: SequenceSampler;
  /** Utterances drawn an epoch; null: all. */
  readonly clipsPerEpoch: number | null;
  readonly batchSize: number;
}

export function recognizer(network: SequenceNetwork): Learner<SequenceBatch> {
  return {
    network,
    forward(state, batch, mode) {
      const features = tf.tensor(batch.features, [batch.clips, ...batch.shape], "float32");
      const logits = network.forward(state, features, { ...mode, frames: batch.frames });
      return { loss: ctcLoss(logits, batch), logits };
    },
  };
}

export function recognizing(network: SequenceNetwork, data: RecognizerData): Objective<SequenceBatch> {
  const { train, validation, classes, sampler, clipsPerEpoch, batchSize } = data;
  const learner = recognizer(network);
  return {
    learner,
    stepsPerEpoch: sequenceSteps(train.count, batchSize, clipsPerEpoch),
    epochBatches: (rng) => sequenceBatches(sampler, train.frames, batchSize, clipsPerEpoch, rng),
    read: (rows) => train.read(rows),
    startTally() {
      const counts = startRecognition(classes, null);
      return {
        add: (batch, logits) => countRecognized(counts, recognized(batch, logits, 0, { kind: "greedy" })),
        accuracy: () => 1 - errorRate(counts),
      };
    },
    async validate(state) {
      const counts = startRecognition(classes, null);
      const batches = batchesByLength(validation.frames, batchSize);
      for await (const batch of recognize(learner, state, validation, batches, { kind: "greedy" })) {
        countRecognized(counts, batch.recognized);
      }
      return { loss: meanLoss(counts), accuracy: 1 - errorRate(counts) };
    },
  };
}

/** What a network hears in a batch. */
export interface RecognizedBatch {
  readonly rows: ArrayLike<number>;
  readonly recognized: readonly Recognized[];
}

/** Runs a network in evaluation mode over the given batches of a source. */
export async function* recognize(
  learner: Learner<SequenceBatch>,
  state: NetworkState,
  source: SequenceSource,
  batches: Iterable<ArrayLike<number>>,
  decoder: DecoderSpec,
): AsyncGenerator<RecognizedBatch> {
  for (const rows of batches) {
    const batch = await source.read(rows);
    const [loss, logits] = tf.tidy(() => {
      const outcome = learner.forward(state, batch, { training: false });
      return [outcome.loss, outcome.logits];
    }) as [tf.Scalar, tf.Tensor];
    const [lossValue, values] = [await loss.data<"float32">(), await logits.data<"float32">()];
    loss.dispose();
    logits.dispose();
    yield { rows, recognized: recognized(batch, values, lossValue[0]!, decoder) };
  }
}

/**
 * Decodes a batch.
 * @param logits `[clips, frames of the longest, classes]`.
 * @param loss Mean over the batch: each clip is given this, so that sums over clips are right.
 */
function recognized(
  batch: SequenceBatch,
  logits: Float32Array,
  loss: number,
  decoder: DecoderSpec,
): Recognized[] {
  const longest = batch.frames.reduce((most, count) => Math.max(most, count), 0);
  const classes = logits.length / (batch.clips * longest);
  return labelsOf(batch).map((reference, clip) => {
    const frames = batch.frames[clip]!;
    const { labels } = decode(decoder, { logits, offset: clip * longest * classes, frames, classes });
    return { reference, hypothesis: labels, loss };
  });
}
