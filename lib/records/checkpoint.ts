/** What a checkpoint says of itself: the metadata of its safetensors file, each value as JSON text. */
import { z } from "zod";
import type { Json } from "../base/json.ts";
import { type Parsed, parseRecord, toFile } from "../base/record.ts";
import { frontendSchema, modelSchema } from "./specs.ts";

/** Raised when the layout changes. */
const FORMAT = 2;
/** Whoever has this key says that the rest is as here. */
const OURS = "checkpoint_format";

const schema = z.object({
  [OURS]: z.literal(FORMAT),
  /** A kind of `tasks/kinds.ts`. */
  task: z.string().min(1),
  /** The epoch that ended in this state. */
  epoch: z.int().nonnegative(),
  /** What outputs mean, in order. */
  classes: z.array(z.string()).min(1),
  frontend: frontendSchema,
  model: modelSchema,
  /** In Hz. */
  sample_rate: z.int().positive(),
  /** Of every clip; null where clips are of any length. */
  clip_samples: z.int().positive().nullable(),
});

export type CheckpointRecord = Omit<Parsed<typeof schema>, "checkpointFormat">;

export function checkpointMetadata(record: CheckpointRecord): Record<string, string> {
  const values = toFile(schema, { ...record, checkpointFormat: FORMAT });
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
}

/**
 * @param file Names it in errors.
 * @returns Null for a file from elsewhere, which says nothing of the kind.
 * @throws {UserError} `bad-file` if it says that it is one of these, and is not.
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
    "Train again, or remove its metadata and say with frontend=, model= and their values what it is.",
  );
  return record;
}

/** Others may have put in what is no JSON. */
function jsonOf(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
