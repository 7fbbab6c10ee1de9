/** What evaluations of recognisers do alike: decode a split, count errors, align a few utterances. */
import { Rng } from "../../lib/base/random.ts";
import type { DecoderSpec } from "../../lib/decoding/decoder.ts";
import {
  type AlignedExample,
  alignedExample,
  countRecognized,
  type Folding,
  type RecognitionCounts,
  recognitionFigures,
  startRecognition,
} from "../../lib/metrics/recognition.ts";
import type { NetworkState, SequenceNetwork } from "../../lib/nn/types.ts";
import { FOLDED_PHONES, foldingOf } from "../../lib/phones/timit.ts";
import { recognize, recognizer } from "../../lib/train/recognizer.ts";
import type { SequenceFile } from "../../lib/train/sequence_file_io.ts";
import { batchesInOrder } from "../../lib/train/sequence_order.ts";

export interface Recognition {
  readonly counts: RecognitionCounts;
  readonly examples: readonly AlignedExample[];
}

/** Utterances shown in full. */
const EXAMPLES = 6;

/** The bootstrap's samples are the same for all checkpoints, so that intervals can be compared. */
export function figuresOf(counts: RecognitionCounts) {
  return recognitionFigures(counts, Rng.fromSeed(0).fork("bootstrap"));
}

/**
 * Decodes all utterances of a split, in order.
 * @param onBatch Told how many utterances are done.
 */
export async function recognizeSplit(
  network: SequenceNetwork,
  state: NetworkState,
  source: SequenceFile,
  { batchSize, decoder }: { readonly batchSize: number; readonly decoder: DecoderSpec },
  onBatch: (done: number) => void,
): Promise<Recognition> {
  const { classes } = source.info;
  const counts = startRecognition(classes, foldingFor(classes));
  const examples: AlignedExample[] = [];
  const shown = new Set(Array.from({ length: EXAMPLES }, (_, i) => Math.floor(i * source.count / EXAMPLES)));
  const batches = batchesInOrder(source.count, batchSize);
  for await (const { rows, recognized } of recognize(recognizer(network), state, source, batches, decoder)) {
    countRecognized(counts, recognized);
    recognized.forEach((utterance, i) => {
      const row = rows[i]!;
      if (shown.has(row)) examples.push(alignedExample(source.names[row]!, utterance, classes));
    });
    onBatch(counts.all.length);
  }
  return { counts, examples };
}

function foldingFor(classes: readonly string[]): Folding | null {
  const of = foldingOf(classes);
  return of === null ? null : { labels: FOLDED_PHONES, of };
}
