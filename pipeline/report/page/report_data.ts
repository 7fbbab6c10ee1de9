/** What a report is made of, as read from the store. No logic. */
import { z } from "zod";
import type { Parsed } from "../../../lib/base/record.ts";
import type { History } from "../../../lib/records/history.ts";
import type { Metrics } from "../../../lib/records/metrics.ts";
import type { Probe } from "../../../lib/records/probe.ts";
import { type Results, runSchema } from "../../../lib/records/results.ts";
import type { InputOrigin } from "../../engine/types.ts";
import type { Outcomes } from "../statistics/paired.ts";

export const reportRunSchema = z.strictObject({
  ...runSchema.shape,
  /** Parts of the front-end that are trained, in their order, and what people call them. */
  trained: z.record(z.string(), z.string()),
  sample_rate: z.int().positive(),
  /** The stretch of the spectrum that is set to zero; null: none. */
  masked_hz: z.tuple([z.number(), z.number()]).nullable(),
  /** Bins of the spectrum that reach no band when training starts; null where the question makes no sense. */
  uncovered_bins: z.int().nonnegative().nullable(),
});

/** A run as the report's configuration lists it. */
export type ReportRun = Parsed<typeof reportRunSchema>;

export interface ReportData {
  readonly title: string;
  readonly runs: readonly ReportRun[];
  readonly results: Results;
  /** By run, of every run. */
  readonly metrics: ReadonlyMap<string, Metrics>;
  readonly histories: ReadonlyMap<string, History>;
  /** By run, what it made of each example of the test split. */
  readonly outcomes: ReadonlyMap<string, Outcomes>;
  /** The same under each condition that runs were tested under besides, by its key. */
  readonly outcomesUnder: ReadonlyMap<string, ReadonlyMap<string, Outcomes>>;
  /** By run, of those looked into. */
  readonly probes: ReadonlyMap<string, Probe>;
  /** By run, the tasks that made what is shown of it. */
  readonly origins: ReadonlyMap<string, readonly InputOrigin[]>;
}
