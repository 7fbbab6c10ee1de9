/** Stage `evaluate_checkpoint` of a recogniser: errors of a checkpoint from anywhere on one split or on all of them. */
import { openBackend } from "../../lib/backend/backend_io.ts";
import type { AlignedExample, RecognitionCounts, RecognitionFigures } from "../../lib/metrics/recognition.ts";
import { mergeRecognition } from "../../lib/metrics/recognition.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { importCheckpoint } from "./checkpoint_inputs.ts";
import type { EvaluateRecognizerSlice } from "./evaluate_recognizer.ts";
import { figuresOf, recognizeSplit } from "./recognition.ts";
import { openNetwork, openSplit } from "./recognizer_inputs.ts";

/** Reads input `checkpoint` and one input of features for each split; writes `evaluation.json`. */
export interface EvaluateRecognizerCheckpointSlice extends EvaluateRecognizerSlice {
  /** At least one of `train`, `validation`, `test`. */
  readonly splits: readonly string[];
}

/** What `evaluation.json` holds. */
export interface RecognizerEvaluation {
  readonly format: 1;
  readonly task: "asr";
  readonly classes: readonly string[];
  readonly splits: readonly string[];
  /** Over the utterances of all splits together. */
  readonly figures: RecognitionFigures;
  readonly examples: readonly AlignedExample[];
}

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as EvaluateRecognizerCheckpointSlice;
  const { frontend, model, decoder, batch_size, splits } = slice;
  await openBackend(slice.backend, { threads: io.threads });
  using first = openSplit(io, splits[0]!, frontend);
  const { classes } = first.info;
  const network = openNetwork(frontend, model, first, io.input(splits[0]!));
  const state = importCheckpoint(io, frontend, network, classes);
  const parts: RecognitionCounts[] = [];
  const examples: AlignedExample[] = [];
  for (const split of splits) {
    using features = openSplit(io, split, frontend);
    openNetwork(frontend, model, features, io.input(split));
    const options = { batchSize: batch_size, decoder };
    const heard = await recognizeSplit(network, state, features, options, (done) => {
      io.progress({ done, total: features.count, unit: `${split} utterances` });
    });
    parts.push(heard.counts);
    examples.push(...heard.examples);
  }
  const evaluation: RecognizerEvaluation = {
    format: 1,
    task: "asr",
    classes,
    splits,
    figures: figuresOf(mergeRecognition(parts)),
    examples,
  };
  Deno.writeTextFileSync(io.output("evaluation.json"), `${JSON.stringify(evaluation, null, 2)}\n`);
}

if (import.meta.main) await serveStage(run);
