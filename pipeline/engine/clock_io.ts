/** The clock of a run, so that everything else can be given another one. */

/** Seconds from some fixed moment; never runs backwards. */
export type Clock = () => number;

export function systemClock(): number {
  return performance.now() / 1000;
}
