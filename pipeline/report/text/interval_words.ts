/** How scores' intervals came about, in words. Pure. */
import { speakersText } from "./data_lines.ts";
import type { ResultRow } from "../../../lib/records/results.ts";

type Score = Pick<ResultRow["score"], "method" | "speakers" | "noises">;

/**
 * `95 % bootstrap intervals over the 17 speakers of the test split`, `95 % intervals (Wilson's) over the test clips`.
 *
 * @param scores At least one. @param examples How several of what was tested are called.
 */
export function intervalWords(scores: readonly Score[], examples: string, split = "test"): string {
  const of = ({ method, ...drawn }: Score) =>
    drawn.speakers !== null
      ? `95 % bootstrap intervals over the ${speakersText(drawn)} of the ${split} split`
      : method === "wilson"
      ? `95 % intervals (Wilson's) over the ${split} ${examples}`
      : `95 % bootstrap intervals over the ${split} ${examples}`;
  return [...new Set(scores.map(of))].join(", or ");
}
