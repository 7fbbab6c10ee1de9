/** Looks at the queue for all that follow jobs at the same time: Slurm is asked once for them together. */
import { sleep } from "../../engine/clock_io.ts";
import type { SlurmClient } from "./client_io.ts";
import type { JobView } from "./queue.ts";

type Views = ReadonlyMap<string, JobView>;

/** Who has not asked for a job for so many looks does not follow it any more. */
const LOOKS_KEPT = 3;

export class SharedPolls {
  readonly #everyMs: number;
  /** Jobs -> when they were asked for last. */
  readonly #asked = new Map<string, number>();
  #last:
    | { readonly at: number; readonly jobs: ReadonlySet<string>; readonly answer: Promise<Views> }
    | undefined;
  #next: Promise<Views> | undefined;

  /** @param everySeconds From one look to the next at least. Who asks waits as long between two questions. */
  constructor(everySeconds: number) {
    this.#everyMs = everySeconds * 1000;
  }

  /**
   * What is known of jobs, and of those that others ask for, as {@link SlurmClient.query}: by the last look if it is of
   * all these jobs and the next is not due yet, else by the next.
   *
   * @param signal Aborted: the next look is not waited for.
   */
  query(jobs: readonly string[], client: SlurmClient, signal: AbortSignal): Promise<Views> {
    const now = performance.now();
    for (const job of jobs) this.#asked.set(job, now);
    const last = this.#last;
    if (last !== undefined && now - last.at < this.#everyMs && jobs.every((job) => last.jobs.has(job))) {
      return last.answer;
    }
    return this.#next ??= this.#look(client, signal);
  }

  async #look(client: SlurmClient, signal: AbortSignal): Promise<Views> {
    const due = (this.#last?.at ?? -Infinity) + this.#everyMs;
    await sleep(signal.aborted ? 0 : Math.max(0, due - performance.now()), signal);
    const at = performance.now();
    for (const [job, asked] of this.#asked) {
      if (asked < at - LOOKS_KEPT * this.#everyMs) this.#asked.delete(job);
    }
    const jobs = new Set(this.#asked.keys());
    const answer = client.query([...jobs]);
    this.#last = { at, jobs, answer };
    this.#next = undefined;
    return await answer;
  }
}
