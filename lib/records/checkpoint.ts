/** What a checkpoint says of itself: the metadata of its safetensors file, each value as JSON text. */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { parseRecord, toFile } from "../base/record.ts";
import type { FrontendSpec } from "../frontends/contract.ts";
import type { ModelSpec } from "../models/contract.ts";
import { type TrainedOn, trainedOnSchema } from "./dataset.ts";
import { type OperatingPoint, operatingPointSchema } from "./operating_point.ts";
import { frontendSchema, modelSchema } from "./specs.ts";

/** Raised when the layout changes. */
const FORMAT = 2;
/** Whoever has this key says that the rest is as here. */
const OURS = "checkpoint_format";

const schema = z.object({
  [OURS]: z.literal(FORMAT),
  task: z.string().min(1),
  epoch: z.int().nonnegative(),
  classes: z.array(z.string()).min(1),
  frontend: frontendSchema,
  model: modelSchema,
  sample_rate: z.int().positive(),
  clip_samples: z.int().positive().nullable(),
  dataset: trainedOnSchema.optional(),
  operating_point: operatingPointSchema.optional(),
});

const REMEDY = "Train again, or remove what it says of itself, so that it counts as one from elsewhere.";

/** What a checkpoint is. */
export interface CheckpointRecord {
  /** A kind of task. */
  readonly task: string;
  /** The epoch that ended in this state. */
  readonly epoch: number;
  /** What outputs mean, in order. */
  readonly classes: readonly string[];
  /** The front-end, in its file form. */
  readonly frontend: FrontendSpec;
  /** The model, in its file form. */
  readonly model: ModelSpec;
  /** In Hz. */
  readonly sampleRate: number;
  /** Length of every clip; null where clips are of any length. */
  readonly clipSamples: number | null;
  /** The data set that it was trained on; absent: it does not say. */
  readonly dataset?: TrainedOn | undefined;
  /** When it says a word, where that was chosen on a stream. */
  readonly operatingPoint?: OperatingPoint | undefined;
}

export function checkpointMetadata(record: CheckpointRecord): Record<string, string> {
  const values = toFile(schema, { ...record, checkpointFormat: FORMAT });
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, JSON.stringify(value)]]
    ),
  );
}

/**
 * @param file Names it in errors.
 * @returns Null for a file from elsewhere, which says nothing of the kind.
 * @throws {UserError} `bad-file` if it says that it is one of these, and is not, or contradicts itself.
 */
export function parseCheckpoint(
  metadata: Readonly<Record<string, string>>,
  file: string,
): CheckpointRecord | null {
  if (metadata[OURS] === undefined) return null;
  const values = Object.fromEntries(Object.entries(metadata).map(([key, text]) => [key, jsonOf(text)]));
  const { checkpointFormat: _, ...record } = parseRecord(
    schema,
    values,
    `Cannot read what the checkpoint ${file} says of itself`,
    REMEDY,
  );
  const wrong = contradictionOf(record);
  if (wrong === undefined) return record;
  throw new UserError(
    "bad-file",
    `Cannot read what the checkpoint ${file} says of itself: ${wrong}. ${REMEDY}`,
  );
}

function contradictionOf(
  { classes, frontend, sampleRate, operatingPoint }: CheckpointRecord,
): string | undefined {
  const twice = classes.find((name, i) => classes.indexOf(name) < i);
  if (twice !== undefined) return `classes: found ${JSON.stringify(twice)} twice, wanted each once`;
  const strange = Object.keys(operatingPoint?.thresholds ?? {}).find((word) => !isWord(word, classes));
  if (strange !== undefined) {
    return `operating_point.thresholds: found ${JSON.stringify(strange)}, wanted words among its classes`;
  }
  if (frontend.sample_rate === sampleRate) return undefined;
  return `sample_rate: found ${sampleRate}, and ${frontend.sample_rate} for its front-end, wanted one`;
}

function isWord(name: string, classes: readonly string[]): boolean {
  return !name.startsWith("_") && classes.includes(name);
}

/** Others may have put in what is no JSON. */
function jsonOf(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
