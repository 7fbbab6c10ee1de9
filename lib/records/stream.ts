/** How well a network does on a stream: misses, false alarms and latency. `stream.json`. */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";
import { intervalSchema } from "./metrics.ts";
import { operatingPointSchema } from "./operating_point.ts";

/** Raised when the layout changes. */
const FORMAT = 1;

/** What was listened to. */
const sourceSchema = z.strictObject({
  /** `voices, 20 min, 10 dB`, or a file's name. */
  stream: z.string(),
  /** Of sound. */
  hours: z.number().positive(),
  /** Words that are listened for and were said; null: nobody labelled them. */
  words: z.int().min(0).nullable(),
});

const count = z.int().min(0);

/** Of words that have none of their own. Null: infinity, with which nothing is detected. */
const threshold = z.number().nullable();

/** What a rule does. */
const pointSchema = z.strictObject({
  threshold,
  missed: count,
  false_alarms: count,
  /** Further detections of words that have one. */
  repeats: count,
  /** Median from words' ends, in seconds; null: none was detected. */
  latency_seconds: z.number().nullable(),
});

const shape = { smoothing: z.int().min(1), patience: z.int().min(1) };

/** The operating point on a stream, with 95 % intervals. */
const operatingSchema = z.strictObject({
  missed: count,
  /** Share of words (Wilson); null: there are no labels. */
  miss_rate: intervalSchema.nullable(),
  false_alarms: count,
  /** (Poisson). */
  alarms_per_hour: intervalSchema,
  repeats: count,
  /** From words' ends to detections, in seconds; null: none was detected. */
  latency: z.strictObject({ median: z.number(), p90: z.number() }).nullable(),
});

const atRateSchema = z.strictObject({
  per_hour: z.number(),
  /** Whole alarms that the stream's length allows. */
  allowed: count,
  threshold,
  missed: count,
  miss_rate: intervalSchema.nullable(),
  false_alarms: count,
  /** What that many alarms in so many hours say of the rate. */
  alarms_per_hour: intervalSchema,
});

/** Of the test stream. */
const figures = {
  operating: operatingSchema,
  /** The chosen smoothing and patience, all thresholds moved together: from the lowest to infinity. */
  curve: z.array(pointSchema).min(2),
  /** The fewest misses at rates of false alarms, over the curve's points. */
  at_rates: z.array(atRateSchema),
};

const schema = z.strictObject({
  format: z.literal(FORMAT),
  classes: z.array(z.string()).min(1),
  development: sourceSchema,
  test: sourceSchema,
  /** A detection is of a word from its start to this long behind its end. */
  tolerance_seconds: z.number().min(0),
  /** Chosen on the development stream. */
  operating_point: operatingPointSchema,
  ...figures,
  /** The same with one threshold for all words, chosen likewise; absent where that is the operating point. */
  common: z.strictObject({ ...shape, threshold: z.number(), ...figures }).optional(),
  /** Of the development stream: the best thresholds of each smoothing and patience. */
  tried: z.array(z.strictObject({ ...shape, ...pointSchema.shape })),
  /** Each detection of the operating point on the test stream, in order. */
  detections: z.array(z.strictObject({
    seconds: z.number(),
    word: z.string(),
    probability: z.number(),
    outcome: z.enum(["hit", "repeat", "false_alarm"]),
  })),
  /** Words that it missed there. */
  missed: z.array(z.strictObject({ start: z.number(), end: z.number(), word: z.string() })),
});

/** A stream's figures. */
export type StreamRecord = Omit<Parsed<typeof schema>, "format">;
export type StreamPoint = Parsed<typeof pointSchema>;

/** @param file Names it in errors. @throws {UserError} `bad-file` if it is not such a record. */
export function parseStream(text: string, file: string): StreamRecord {
  const what = `Cannot read the stream's figures ${file}`;
  const { format: _, ...record } = parseRecordText(schema, text, what, "Listen again.");
  return record;
}

export function streamText(record: StreamRecord): string {
  return `${JSON.stringify(toFile(schema, { format: FORMAT, ...record }), null, 1)}\n`;
}
