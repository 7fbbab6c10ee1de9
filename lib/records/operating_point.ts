/** When a network that listens to a stream says a word: chosen on a development stream, and kept with its checkpoint. */
import { z } from "zod";

/** How likely words have to be: one threshold for all of them, or some their own. */
export interface Thresholds {
  /** Least mean probability, in (0, 1], of words that have none of their own. */
  readonly threshold: number;
  /** By word, in (0, 1]; absent: all words have the one above. */
  readonly thresholds?: Readonly<Record<string, number>> | undefined;
}

/** What decides, and what it did on the stream that it was chosen on. */
export interface OperatingPoint extends Thresholds {
  /** From one decision to the next, in seconds. */
  readonly hopSeconds: number;
  /** Decisions whose probabilities are averaged; from 1. */
  readonly smoothing: number;
  /** Decisions in a row for which a word has to be as likely as its threshold; from 1. */
  readonly patience: number;
  /** A word is not detected again within this time. */
  readonly refractorySeconds: number;
  /** The development stream, and what happened on it. */
  readonly chosenOn: ChosenOn;
}

/** What an operating point did on the stream that it was chosen on. */
export interface ChosenOn {
  /** What it was: `voices, 20 min, 10 dB`. */
  readonly stream: string;
  /** Of sound. */
  readonly hours: number;
  /** Words that were said. */
  readonly words: number;
  /** How many of them were not detected. */
  readonly missed: number;
  /** Detections where no such word was said. */
  readonly falseAlarms: number;
  /** False alarms an hour that were allowed. */
  readonly allowedPerHour: number;
}

const threshold = z.number().gt(0).max(1);

/** In its file form. Whoever does not know of words' own thresholds finds one that is for all of them. */
export const operatingPointSchema = z.object({
  hop_seconds: z.number().positive(),
  smoothing: z.int().min(1),
  threshold,
  thresholds: z.record(z.string(), threshold).optional(),
  patience: z.int().min(1),
  refractory_seconds: z.number().min(0),
  chosen_on: z.object({
    stream: z.string(),
    hours: z.number().positive(),
    words: z.int().min(0),
    missed: z.int().min(0),
    false_alarms: z.int().min(0),
    allowed_per_hour: z.number().min(0),
  }),
});
