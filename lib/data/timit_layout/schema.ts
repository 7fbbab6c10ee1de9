/** The settings of a corpus in TIMIT's layout. */
import { z } from "zod";
import type { Parsed } from "../../base/record.ts";
import { evaluatedShape } from "../settings.ts";
import { corpusShape } from "../utterances/schema.ts";

const positive = z.number().positive();

export const timitShape = {
  /** Whether SA1 and SA2, which every speaker says, are used. */
  include_sa: z.boolean(),
  split: z.strictObject({
    /** Utterances of the TRAIN folder for training and for validation, in this proportion. */
    train: positive,
    validation: positive,
    /** `utterance`: drawn one by one, so that speakers are in both. `speaker`: all of a speaker's stay together. */
    by: z.enum(["utterance", "speaker"]),
    seed: z.int().min(0),
  }),
  /** Which speakers of the TEST folder: all, or the 24 of the core test set. */
  test: z.enum(["full", "core"]),
  ...corpusShape,
};

/** What decides how a split is indexed. */
export const timitSchema = z.strictObject({ ...timitShape, ...evaluatedShape });
export type TimitSettings = Parsed<typeof timitSchema>;
