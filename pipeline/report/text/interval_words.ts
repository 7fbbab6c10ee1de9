/** How scores' intervals came about, in words. Pure. */
import type { ResultRow } from "../../../lib/records/results.ts";

type Score = Pick<ResultRow["score"], "method" | "speakers">;

/**
 * `95 % bootstrap intervals over the 17 speakers of the test`, `95 % intervals (Wilson's) over the test clips`.
 *
 * @param scores At least one. @param examples How several of what was tested are called.
 */
export function intervalWords(scores: readonly Score[], examples: string): string {
  const of = ({ method, speakers }: Score) =>
    speakers !== null
      ? `95 % bootstrap intervals over the ${speakers} speakers of the test`
      : method === "wilson"
      ? `95 % intervals (Wilson's) over the test ${examples}`
      : `95 % bootstrap intervals over the test ${examples}`;
  return [...new Set(scores.map(of))].join(", or ");
}
