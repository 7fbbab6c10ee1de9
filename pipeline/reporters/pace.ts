/** Rate and time left of a task, from its progress messages. Pure: the time is an argument. */
import type { Progress } from "../engine/types.ts";
import { duration, figure } from "../report/wording.ts";

export class Pace {
  #first: { readonly done: number; readonly at: number } | undefined;
  #last: { readonly progress: Progress; readonly at: number } | undefined;

  /** @param now Seconds on any steady clock. */
  add(progress: Progress, now: number): void {
    if (this.#first === undefined || progress.done < this.#first.done) {
      this.#first = { done: progress.done, at: now };
    }
    this.#last = { progress, at: now };
  }

  /** `34 % of 2,240 clips, 31.2 clips/s, 47 s left, loss 0.412`; empty before the first message. */
  describe(): string {
    if (this.#first === undefined || this.#last === undefined) return "";
    const { done, total, unit, figures } = this.#last.progress;
    const parts = [
      `${total > 0 ? Math.floor(100 * done / total) : 0} % of ${total.toLocaleString("en")} ${unit}`,
    ];
    const elapsed = this.#last.at - this.#first.at;
    const made = done - this.#first.done;
    if (elapsed > 0.5 && made > 0) {
      const rate = made / elapsed;
      parts.push(`${figure(Number(rate.toPrecision(3)))} ${unit}/s`);
      if (done < total) parts.push(`${duration((total - done) / rate)} left`);
    }
    for (const [name, value] of Object.entries(figures ?? {})) parts.push(`${name} ${figure(value)}`);
    return parts.join(", ");
  }
}
