/** Under what a network is tested: recordings as they are, or with noise and at other levels. Pure. */
import { z } from "zod";
import type { Parsed } from "../base/record.ts";

const db = z.number().min(-100).max(100);

function isOrdered(low: number, high: number): boolean {
  return low <= high;
}

const LOWER_FIRST = "wanted the lower bound first";

/** Speech over noise in dB: a ratio, a range that each example draws from, or no noise at all. */
export const levelSchema = z.union([
  db,
  z.strictObject({ from: db, to: db }).refine(({ from, to }) => isOrdered(from, to), LOWER_FIRST).readonly(),
  z.literal("clean"),
]);

/** What noise is: the data set's own background recordings, or made. */
export const NOISES = ["background", "white", "pink"] as const;

/** Gains in dB that each example draws from. */
export const gainRangeSchema = z.tuple([db, db]).refine(([low, high]) => isOrdered(low, high), LOWER_FIRST)
  .readonly();

export const conditionSchema = z.strictObject({
  snr_db: levelSchema,
  /** Null: examples are as loud as they are. */
  gain_db: gainRangeSchema.nullable(),
  noise: z.enum(NOISES),
  /** Of all draws. */
  seed: z.int().min(0).default(0),
});

export type Level = Parsed<typeof levelSchema>;
export type Condition = Parsed<typeof conditionSchema>;

/** Whether it leaves recordings as they are. */
export function isClean({ snrDb, gainDb }: Condition): boolean {
  return snrDb === "clean" && gainDb === null;
}

/** In names of tasks, fields and columns: `snr20`, `snr0to20-pink`, `clean-gain-20to0`, `snr20-draws1`. */
export function conditionKey(condition: Condition): string {
  const { snrDb, gainDb, noise, seed } = condition;
  return [
    snrDb === "clean" ? snrDb : `snr${rangeText(snrDb, "to")}`,
    ...(snrDb === "clean" || noise === "background" ? [] : [noise]),
    ...(gainDb === null ? [] : [`gain${gainDb.join("to")}`]),
    ...(seed === 0 || isClean(condition) ? [] : [`draws${seed}`]),
  ].join("-");
}

/** For people: `20 dB`, `0 to 20 dB, pink noise`, `clean, gain -20 to 0 dB`. */
export function conditionTitle(condition: Condition): string {
  const { snrDb, gainDb, noise, seed } = condition;
  return [
    snrDb === "clean" ? snrDb : `${rangeText(snrDb, " to ")} dB`,
    ...(snrDb === "clean" || noise === "background" ? [] : [`${noise} noise`]),
    ...(gainDb === null ? [] : [`gain ${gainDb.join(" to ")} dB`]),
    ...(seed === 0 || isClean(condition) ? [] : [`draws of seed ${seed}`]),
  ].join(", ");
}

function rangeText(level: Exclude<Level, "clean">, between: string): string {
  return typeof level === "number" ? String(level) : `${level.from}${between}${level.to}`;
}
