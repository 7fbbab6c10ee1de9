/** The settings that corpora of utterances share, and what their classes are called. */
import { z } from "zod";
import type { Evaluated, Origins } from "../contract.ts";
import type { SplitName } from "../../records/example_index.ts";

/** What a recogniser's classes are. */
const OUTPUTS = ["phone", "character", "word"] as const;
export type Output = typeof OUTPUTS[number];

export const corpusShape = {
  output: z.enum(OUTPUTS),
  /** `skip`: utterances that cannot be used are listed and left out. */
  bad_files: z.enum(["error", "skip"]),
  /** In Hz. */
  sample_rate: z.int().min(8000).max(48000),
};

/** Class 0: connectionist temporal classification's "nothing new". */
export const BLANK_CLASS = "<blank>";
/** What validation and test say and training never does. */
export const UNKNOWN_CLASS = "<unknown>";

/** Name of the reference to the training split's index. */
export const TRAINING = "training";

/** Characters and words are those of the training transcripts. */
export function trainingReference(output: Output, split: SplitName, evaluated: Evaluated): Origins {
  if (output === "phone" || split === "train" || evaluated !== null) return {};
  return { [TRAINING]: { from: "index", split: "train" } };
}

/** What the classes of a checkpoint are: only phones are known beforehand, so that none is unknown. */
export function outputOf(classes: readonly string[]): Output {
  if (!classes.includes(UNKNOWN_CLASS)) return "phone";
  const labels = classes.filter((name) => name !== BLANK_CLASS && name !== UNKNOWN_CLASS);
  return labels.every((label) => [...label].length === 1) ? "character" : "word";
}

/** What names tell of it. */
export function outputVariant(output: Output): Readonly<Record<string, string | null>> {
  return { output: output === "phone" ? null : output };
}
