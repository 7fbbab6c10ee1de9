/** What a search tried and decided. `search.json`. */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";

/** Raised when the layout changes. */
const FORMAT = 1;

const domainSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(["logarithmic", "uniform", "int"]), low: z.number(), high: z.number() }),
  z.strictObject({ kind: z.literal("choice"), values: z.array(z.json()).min(1) }),
]);

export const searchSchema = z.strictObject({
  title: z.string(),
  /** What it was after, a column of the table of runs. */
  objective: z.strictObject({
    name: z.string(),
    title: z.string(),
    as: z.enum(["percent", "number", "count"]),
    lower_is_better: z.boolean(),
    /** Whether it was measured on the test split. */
    of_test: z.boolean(),
  }),
  space: z.array(z.strictObject({ key: z.string(), domain: domainSchema })).min(1),
  sampler: z.string(),
  seed: z.int(),
  /** Most trials. */
  wanted: z.int().positive(),
  /** Most epochs of all trainings together; null: any number. */
  budget: z.number().nullable(),
  /** Epochs after which trials were compared, ascending. */
  rungs: z.array(z.int().positive()).min(1),
  /** One of so many went on from a rung to the next. */
  reduction: z.number(),
  /** Trainings under way at a time, on the search's own clock. */
  parallel: z.int().positive(),
  /** Epochs of all trainings together. */
  spent: z.int().nonnegative(),
  /** `stopped`: nobody waited for its end. */
  ended: z.enum(["complete", "budget", "space", "stopped"]),
  /** In the order of their numbers. */
  trials: z.array(z.strictObject({
    number: z.int().positive(),
    /** Of the space's keys, in their order. */
    values: z.array(z.json()),
    run: z.string().nullable(),
    /** By rung, ascending. */
    scores: z.array(z.strictObject({ epochs: z.int().positive(), score: z.number() })),
    /** Why it went no further, if it could not. */
    failure: z.string().nullable(),
  })),
  /** In the order in which they were made. */
  decisions: z.array(z.strictObject({
    why: z.enum(["start", "promote", "finish"]),
    trial: z.int().positive(),
    epochs: z.int().positive(),
    cost: z.int().nonnegative(),
  })),
  /** Number of the best trial; null: none has a score. */
  best: z.int().positive().nullable(),
  /** What to type to train the best to the end and test it; null: there is none. */
  command: z.string().nullable(),
});

const schema = searchSchema.extend({ format: z.literal(FORMAT) });

export type SearchRecord = Parsed<typeof searchSchema>;

/** @param file Names it in errors. @throws {UserError} `bad-file` if it is no such record. */
export function parseSearch(text: string, file: string): SearchRecord {
  const { format: _, ...record } = parseRecordText(
    schema,
    text,
    `Cannot read the search ${file}`,
    "Search again.",
  );
  return record;
}

export function searchText(record: SearchRecord): string {
  return `${JSON.stringify({ format: FORMAT, ...toFile(searchSchema, record) }, null, 2)}\n`;
}
