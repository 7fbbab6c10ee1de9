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

/** A measure: how long it took, within the plan, to find out what tasks' code is. */
export const FINGERPRINTED = "code fingerprinted";

export function reached(phase: Phase): void {
  performance.mark(phase);
}

/** The same function, which adds up how long it takes. `note` says it once it has been asked all. */
export function timed<Given extends readonly unknown[], Result>(
  ask: (...given: Given) => Result,
): { readonly ask: (...given: Given) => Result; note(measure: string): void } {
  let duration = 0;
  return {
    ask: (...given) => {
      const begun = performance.now();
      try {
        return ask(...given);
      } finally {
        duration += performance.now() - begun;
      }
    },
    note: (measure) => void performance.measure(measure, { start: 0, duration }),
  };
}
