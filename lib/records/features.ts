/** What the file of a split's features says of itself: metadata of `features.safetensors`. */
import { z } from "zod";
import { type Parsed, parseRecord, toFile } from "../base/record.ts";
import { representationSchema } from "./specs.ts";

/** Raised when the layout changes. */
const FORMAT = 2;

const step = z.looseObject({ step: z.string(), trained: z.boolean() });

const schema = z.strictObject({
  format: z.literal(FORMAT),
  /** The steps of a front-end that have been applied to the wave. */
  steps: z.array(step),
  representation: representationSchema,
  classes: z.array(z.string()).min(1),
  /** In Hz. */
  sample_rate: z.int().positive(),
  /** Length of the clips that features were computed from; null: examples are as long as they are. */
  clip_samples: z.int().positive().nullable(),
});

export type FeatureInfo = Omit<Parsed<typeof schema>, "format">;

/** As metadata of a safetensors file, whose values are text. */
export function featureMetadata(info: FeatureInfo): Record<string, string> {
  const record = toFile(schema, { format: FORMAT, ...info });
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, JSON.stringify(value)]));
}

/** @throws {UserError} `bad-file` if the metadata is not that of features. */
export function parseFeatureMetadata(metadata: Readonly<Record<string, string>>, path: string): FeatureInfo {
  const values = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, jsonOf(metadata[key])]));
  const { format: _, ...info } = parseRecord(
    schema,
    values,
    `Cannot use ${path} as features`,
    "Make the features again.",
  );
  return info;
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return text; // the schema says what is wrong with it
  }
}
