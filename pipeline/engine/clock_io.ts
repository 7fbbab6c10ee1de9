/** The clock of a run, so that everything else can be given another one, and waiting. */

/** Seconds from some fixed moment; never runs backwards. */
export type Clock = () => number;

export function systemClock(): number {
  return performance.now() / 1000;
}

/** Resolves after so many milliseconds, or when `signal` is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", finish, { once: true });
    function finish(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    }
  });
}
