/** What the metadata of feature files of either kind has in common. Pure. */
import type { Representation } from "../nn/types.ts";

export const REPRESENTATIONS: readonly string[] = [
  "waveform",
  "power",
  "magnitude",
  "logmel",
  "decibels",
] satisfies Representation[];

export function isRepresentation(text: string): text is Representation {
  return REPRESENTATIONS.includes(text);
}

/** A JSON array of strings; null if the text is anything else. */
export function parseStrings(text: string | undefined): readonly string[] | null {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
