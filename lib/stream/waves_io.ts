/** A short stream in one file, samples and labels, for trainings: `stream.safetensors`. */
import { z } from "zod";
import { parseRecordText } from "../base/record.ts";
import { UserError } from "../base/errors.ts";
import { readTensors, writeTensors } from "../formats/safetensors_io.ts";
import type { SpokenWord } from "./labels.ts";

const [SAMPLES, WORDS] = ["samples", "words"];
const REMEDY = "Make the stream again.";

const schema = z.array(z.strictObject({ start: z.number(), end: z.number(), word: z.string() }));

/** @param samples Full scale 1. */
export function writeWaves(path: string, samples: Float32Array, words: readonly SpokenWord[]): void {
  writeTensors(path, new Map([[SAMPLES, { shape: [samples.length], data: samples }]]), {
    [WORDS]: JSON.stringify(words),
  });
}

/** @throws {UserError} `bad-file` if it is no such file. */
export function readWaves(
  path: string,
): { readonly samples: Float32Array; readonly words: readonly SpokenWord[] } {
  const { tensors, metadata } = readTensors(path);
  const found = tensors.get(SAMPLES);
  if (!(found?.data instanceof Float32Array)) {
    throw new UserError(
      "bad-file",
      `Cannot read the stream ${path}: found no ${SAMPLES} as float32. ${REMEDY}`,
    );
  }
  const words = parseRecordText(schema, metadata[WORDS] ?? "null", `Cannot read the stream ${path}`, REMEDY);
  return { samples: found.data, words };
}
