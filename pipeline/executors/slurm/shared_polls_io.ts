/** Looks at the queue for all that follow jobs at the same time: Slurm is asked once for them together. */
import { UserError } from "../../../lib/base/errors.ts";
import { sleep } from "../../engine/clock_io.ts";
import type { SlurmClient } from "./client_io.ts";
import type { JobView } from "./queue.ts";

type Views = ReadonlyMap<string, JobView>;

/** Who has not asked for a job for so many looks does not follow it any more. */
const LOOKS_KEPT = 3;

export interface SharedPollsOptions {
  /** From one look to the next at least. Who asks waits as long between two questions. */
  readonly everySeconds: number;
  /** Opens what all looks ask, until all who wait have stopped: then `signal` is aborted. */
  readonly client: (signal: AbortSignal) => Pick<SlurmClient, "query">;
}

/** What asks Slurm for all. */
interface Asker {
  readonly client: Pick<SlurmClient, "query">;
  readonly stop: AbortController;
}

export class SharedPolls {
  readonly #everyMs: number;
  readonly #open: SharedPollsOptions["client"];
  #asker: Asker | undefined;
  /** Jobs -> when they were asked for last. */
  readonly #asked = new Map<string, number>();
  #last:
    | { readonly at: number; readonly jobs: ReadonlySet<string>; readonly answer: Promise<Views> }
    | undefined;
  #next: Promise<Views> | undefined;
  #waiting = 0;

  constructor({ everySeconds, client }: SharedPollsOptions) {
    this.#everyMs = everySeconds * 1000;
    this.#open = client;
  }

  /**
   * What is known of jobs, and of those that others ask for, as {@link SlurmClient.query}: by the last look if it is of
   * all these jobs and the next is not due yet, else by the next.
   *
   * @param signal Aborted: this caller waits no more; others that wait for the same look do.
   * @throws {UserError} "interrupted": `signal` is aborted. Otherwise as the client.
   */
  async query(jobs: readonly string[], signal: AbortSignal): Promise<Views> {
    const stopped = Promise.withResolvers<never>();
    const onAbort = (): void => stopped.reject(interrupted());
    if (signal.aborted) throw interrupted();
    signal.addEventListener("abort", onAbort);
    this.#waiting++;
    try {
      return await Promise.race([this.#answer(jobs), stopped.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      // A next look is left over where who wanted it stopped and others had the answer of the last.
      if (--this.#waiting === 0 && (signal.aborted || this.#next !== undefined)) this.#giveUp();
    }
  }

  #answer(jobs: readonly string[]): Promise<Views> {
    const now = performance.now();
    for (const job of jobs) this.#asked.set(job, now);
    const last = this.#last;
    if (last !== undefined && now - last.at < this.#everyMs && jobs.every((job) => last.jobs.has(job))) {
      return last.answer;
    }
    if (this.#asker === undefined) {
      const stop = new AbortController();
      this.#asker = { client: this.#open(stop.signal), stop };
    }
    return this.#next ??= this.#look(this.#asker);
  }

  async #look({ client, stop: { signal } }: Asker): Promise<Views> {
    const due = (this.#last?.at ?? -Infinity) + this.#everyMs;
    await sleep(Math.max(0, due - performance.now()), signal);
    if (signal.aborted) throw interrupted();
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

  /** Nobody waits: a look that is under way is ended, and is no answer to who asks later. */
  #giveUp(): void {
    this.#asker?.stop.abort();
    this.#asker = this.#last = this.#next = undefined;
  }
}

function interrupted(): UserError {
  return new UserError("interrupted", "Stopped while Slurm was asked for the state of jobs.");
}
