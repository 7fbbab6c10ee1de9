/** Probabilities over a stream as a file: `scores.safetensors`. */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";
import { readTensors, writeTensors } from "../formats/safetensors_io.ts";
import { UserError } from "../base/errors.ts";
import type { StreamScorer } from "./scorer.ts";

/** Raised when the layout changes. */
const FORMAT = 1;
const [KEY, TENSOR] = ["scores", "posteriors"];

const schema = z.strictObject({
  format: z.literal(FORMAT),
  classes: z.array(z.string()).min(1),
  /** From one decision to the next. */
  hop_seconds: z.number().positive(),
  /** From the stream's beginning to the end of what the first decision heard. */
  first_seconds: z.number().positive(),
  /** Of sound. */
  seconds: z.number().positive(),
});

/** What a network made of a stream. */
export interface ScoredStream extends Omit<Parsed<typeof schema>, "format"> {
  /** `[decisions, classes]`, probabilities. */
  readonly posteriors: Float32Array;
}

const REMEDY = "Score the stream again.";

/**
 * Listens to a stream. What is kept of an hour with ten decisions a second and twelve classes is 1.7 MB.
 * @param seconds Of sound. @param onProgress Told for how many seconds of it there are decisions.
 */
export async function scoreStream(
  scorer: StreamScorer,
  { seconds, blocks }: { readonly seconds: number; blocks(): AsyncIterable<Float32Array> },
  onProgress: (seconds: number) => void = () => {},
): Promise<ScoredStream> {
  const { classes, sampleRate, hopSamples } = scorer;
  const parts: Float32Array[] = [];
  let [first, count] = [0, 0];
  for await (const { firstEnd, posteriors } of scorer.score(blocks())) {
    if (parts.length === 0) first = firstEnd;
    parts.push(posteriors);
    count += posteriors.length;
    onProgress(Math.min(seconds, (firstEnd + hopSamples * posteriors.length / classes.length) / sampleRate));
  }
  if (count === 0) {
    throw new UserError(
      "bad-audio",
      `Cannot listen to a stream of ${seconds.toFixed(2)} s: found less than the ${
        (scorer.contextSamples / sampleRate).toFixed(2)
      } s that a decision hears. Give a longer recording.`,
    );
  }
  const posteriors = new Float32Array(count);
  let at = 0;
  for (const part of parts) {
    posteriors.set(part, at);
    at += part.length;
  }
  return {
    classes: [...classes],
    hopSeconds: hopSamples / sampleRate,
    firstSeconds: first / sampleRate,
    seconds,
    posteriors,
  };
}

export function writeScores(path: string, { posteriors, ...head }: ScoredStream): void {
  const shape = [posteriors.length / head.classes.length, head.classes.length];
  writeTensors(path, new Map([[TENSOR, { shape, data: posteriors }]]), {
    [KEY]: JSON.stringify(toFile(schema, { format: FORMAT, ...head })),
  });
}

/** @throws {UserError} `bad-file` if it is no such file. */
export function readScores(path: string): ScoredStream {
  const { tensors, metadata } = readTensors(path);
  const { format: _, ...head } = parseRecordText(
    schema,
    metadata[KEY] ?? "null",
    `Cannot read the scores ${path}`,
    REMEDY,
  );
  const found = tensors.get(TENSOR);
  if (found?.data instanceof Float32Array && found.shape[1] === head.classes.length) {
    return { ...head, posteriors: found.data };
  }
  throw new UserError("bad-file", `Cannot read the scores ${path}: found no ${TENSOR} as float32. ${REMEDY}`);
}
