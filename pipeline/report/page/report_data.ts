/** What a report is made of, as read from the store. No logic. */
import { z } from "zod";
import type { Parsed } from "../../../lib/base/record.ts";
import type { History } from "../../../lib/records/history.ts";
import type { Metrics } from "../../../lib/records/metrics.ts";
import type { HeardClips } from "../../../lib/records/heard_clips.ts";
import type { Predictions } from "../../../lib/records/predictions.ts";
import type { Probe } from "../../../lib/records/probe.ts";
import { type Results, runSchema } from "../../../lib/records/results.ts";
import type { StreamRecord } from "../../../lib/records/stream.ts";
import type { InputOrigin } from "../../engine/types.ts";
import type { LabelDoubt } from "../statistics/label_doubts.ts";
import type { ErrorTally } from "../statistics/error_tally.ts";
import type { ReportAudio } from "./report_audio.ts";
import type { Outcomes } from "../statistics/outcomes.ts";

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

/** A run as its errors are listed. */
export interface Heard {
  readonly run: string;
  readonly audio: ReportAudio;
  readonly clips: HeardClips;
  /** What it made of every example. */
  readonly predictions: Predictions;
  /** What all runs made of them. */
  readonly errors: ErrorTally;
}

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
  /** What the list of errors is made of. */
  readonly heard: Heard;
  /** Labels of the test split that look wrong, and how many runs had a say. */
  readonly doubts: { readonly list: readonly LabelDoubt[]; readonly judges: number };
  /** By run, of those looked into. */
  readonly probes: ReadonlyMap<string, Probe>;
  /** By run, what it did on a stream, of those that listened to one. */
  readonly streams: ReadonlyMap<string, StreamRecord>;
  /** By run, the tasks that made what is shown of it. */
  readonly origins: ReadonlyMap<string, readonly InputOrigin[]>;
}
