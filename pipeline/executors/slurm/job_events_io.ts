/** Reads what jobs report, as it grows. */
import type { RunEvent } from "../../engine/types.ts";
import { eventsPath } from "./submission_io.ts";

/** The whole lines of a file since the last look. */
export class EventTail {
  readonly #path: string;
  #at = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Events since the last call; none if there is no file yet. */
  read(): readonly RunEvent[] {
    try {
      using file = Deno.openSync(this.#path, { read: true });
      const size = file.statSync().size;
      if (size <= this.#at) return [];
      file.seekSync(this.#at, Deno.SeekMode.Start);
      const bytes = new Uint8Array(size - this.#at);
      let filled = 0;
      while (filled < bytes.length) {
        const read = file.readSync(bytes.subarray(filled));
        if (read === null) break;
        filled += read;
      }
      const whole = bytes.subarray(0, filled).lastIndexOf(10) + 1;
      this.#at += whole;
      const lines = new TextDecoder().decode(bytes.subarray(0, whole)).split("\n").filter(Boolean);
      return lines.map((line) => JSON.parse(line) as RunEvent);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }
}

/** What a task's job said last: how far it is, and why it failed. */
export function lastWords(
  folder: string,
  task: string,
): { readonly progress: string | undefined; readonly failure: string | undefined } {
  let progress: string | undefined;
  let failure: string | undefined;
  for (const event of new EventTail(eventsPath(folder, task)).read()) {
    if (event.type === "task-started") progress = failure = undefined;
    if (event.type === "task-progress") {
      const { done, total, unit } = event.progress;
      progress = `${done} of ${total} ${unit}`;
    }
    if (event.type === "task-failed") failure = event.failure.message;
    if (event.type === "task-blocked") failure = `blocked by ${event.by}`;
  }
  return { progress, failure };
}
