/** Rate and time left of a task, from its progress messages. Pure: the time is an argument. */
import type { Progress } from "../engine/types.ts";
import { duration, figure } from "../report/text/wording.ts";

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

  /** Undefined before the first message. */
  get measured(): Measured | undefined {
    if (this.#first === undefined || this.#last === undefined) return undefined;
    const { done, total, unit, figures = {} } = this.#last.progress;
    const elapsed = this.#last.at - this.#first.at;
    const made = done - this.#first.done;
    const rate = elapsed > 0.5 && made > 0 ? made / elapsed : undefined;
    return {
      share: total > 0 ? Math.min(1, done / total) : 0,
      total,
      unit,
      rate,
      secondsLeft: rate === undefined || done >= total ? undefined : (total - done) / rate,
      figures,
    };
  }

  /** `34 % of 2,240 clips, 31.2 clips/s, 47 s left, loss 0.412`; empty before the first message. */
  describe(): string {
    const now = this.measured;
    if (now === undefined) return "";
    const share = `${Math.floor(100 * now.share)} % of ${now.total.toLocaleString("en")} ${now.unit}`;
    return [share, ...paceParts(now), ...figureParts(now)].join(", ");
  }
}

/** How a task is getting on. */
export interface Measured {
  /** Of the work, in [0, 1]. */
  readonly share: number;
  readonly total: number;
  /** What is counted: "clips", "steps". */
  readonly unit: string;
  /** Units a second, and what is left at that rate; undefined where it is too early to tell. */
  readonly rate: number | undefined;
  readonly secondsLeft: number | undefined;
  readonly figures: Readonly<Record<string, number>>;
}

/** `31.2 clips/s`, `47 s left`. */
export function paceParts({ rate, unit, secondsLeft }: Measured): string[] {
  return [
    ...(rate === undefined ? [] : [`${figure(Number(rate.toPrecision(3)))} ${unit}/s`]),
    ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`]),
  ];
}

/** `loss 0.412`, ... */
export function figureParts({ figures }: Measured): string[] {
  return Object.entries(figures).map(([name, value]) => `${name} ${figure(value)}`);
}
