/** The settings of Kaldi data folders. */
import { z } from "zod";
import type { Parsed } from "../../base/record.ts";
import { evaluatedShape } from "../settings.ts";
import { corpusShape } from "../utterances/schema.ts";

const pathBelow = z.string().regex(
  /^(?!\/)(?!.*\.\.)[^\\]+$/,
  "wanted the name of a folder or file below dataset.root",
);

/** What decides how a split is indexed, besides the map. */
export const indexedShape = {
  /** Data folders below the root; validation null: speakers of `train`, `validation_percent` of its utterances. */
  train: pathBelow,
  validation: pathBelow.nullable(),
  test: pathBelow,
  validation_percent: z.number().min(1).max(90),
  /** Name of the file with transcripts in each data folder: `text`, or one of phones. */
  transcript: pathBelow,
  /** `timit`: TIMIT's 61 phones, to which the map leads. `map`: whatever the map leads to. */
  phones: z.enum(["timit", "map"]),
  ...corpusShape,
};

export const kaldiShape = {
  /** A file that says which phone a phone of the transcripts counts as; null: phones keep their names. */
  phone_map: z.string().min(1).nullable(),
  ...indexedShape,
};

export const kaldiSchema = z.strictObject({ ...indexedShape, ...evaluatedShape });
export type KaldiSettings = Parsed<typeof kaldiSchema>;
