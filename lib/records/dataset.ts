/** What is told of the data set that a network was trained on: enough to have it again, but for paths of its user's. */
import { z } from "zod";
import type { JsonObject } from "../base/json.ts";

const name = z.string().min(1);
const settings: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/** As trainings are told it. */
export const datasetSchema = z.strictObject({
  /** A kind of `data/kinds.ts`. */
  kind: name,
  /** What tables call it: of a folder of the user's its own name, without what is above it. */
  name,
  /** Values of its group of the configuration, as files have them, but for paths and ways to it. */
  settings,
  /** Names of the values that were paths of the user's files and folders, which are not told. */
  untold: z.array(name),
});

/** The data set that a network was trained on, as its checkpoint tells it. */
export interface TrainedOn {
  /** A kind of data set. */
  readonly kind: string;
  /** What tables call it: of a folder of the user's its own name, without what is above it. */
  readonly name: string;
  /** Values of its group of the configuration, as files have them, but for paths and ways to it. */
  readonly settings: JsonObject;
  /** Names of the values that were paths of the user's files and folders, which are not told. */
  readonly untold: readonly string[];
  /** Of the training split, those that were learnt from. */
  readonly examples: number;
  /** SHA-256 of their names and labels, in order: what tells it from another of the name. */
  readonly examplesSha256: string;
}

export const trainedOnSchema = z.strictObject({
  ...datasetSchema.shape,
  examples: z.int().positive(),
  examples_sha256: z.string().regex(/^[0-9a-f]{64}$/, "wanted 64 hexadecimal digits"),
});
