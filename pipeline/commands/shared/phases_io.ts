/**
 * Notes how far a command is that runs a graph, as marks of the User Timing API: whoever asks where the time goes of one
 * that finds everything fresh reads them from the same process (`deno task bench --startup`).
 */

/** In the order in which a command gets there. */
export const PHASES = [
  "code of the command line loaded",
  "command line understood",
  "code of graphs loaded",
  "configurations read and checked",
  "graph made",
  "store opened",
  "plan made",
  "results marked as used",
  "results read and linked",
  "results shown",
] as const;

export type Phase = typeof PHASES[number];

/** Within the plan: what tasks' code is was looked up. Measured each time, beside the marks. */
export const CODE_MEASURE = "code fingerprinted";

export function reached(phase: Phase): void {
  performance.mark(phase);
}
