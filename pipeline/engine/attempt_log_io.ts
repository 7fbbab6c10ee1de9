/** The log of one attempt: what its stage printed and reported, and how it ended, each with its time. */
import { printable } from "../../lib/base/printable.ts";
import { writeAll } from "./store/atomic_io.ts";
import type { Progress } from "./types.ts";

/** Printed lines that a failure's record quotes. */
const TAIL_LINES = 20;
/** Between two lines of progress. */
const PROGRESS_MS = 5_000;

export class AttemptLog {
  /** Relative to the store's root. */
  readonly name: string;
  /** 1 for the first attempt under a key. */
  readonly attempt: number;
  /** The last lines that the stage printed. */
  readonly tail: string[] = [];
  readonly #file: Deno.FsFile;
  #progressAt = -Infinity;
  #unsaid: Progress | undefined;

  constructor(name: string, attempt: number, file: Deno.FsFile) {
    this.name = name;
    this.attempt = attempt;
    this.#file = file;
  }

  /** What the engine has to say; of several lines each is one. @throws {Error} If it cannot be written. */
  say(text: string): void {
    this.#sayProgress();
    this.#write(text);
  }

  /** A line that the stage printed. @throws {Error} If it cannot be written. */
  printed(line: string): void {
    this.tail.push(line);
    if (this.tail.length > TAIL_LINES) this.tail.shift();
    this.#write(line);
  }

  /** Written now and then; the last before {@link say} always is. @throws {Error} If it cannot be written. */
  progress(progress: Progress): void {
    this.#unsaid = progress;
    if (performance.now() - this.#progressAt >= PROGRESS_MS) this.#sayProgress();
  }

  close(): void {
    this.#file.close();
  }

  #sayProgress(): void {
    if (this.#unsaid === undefined) return;
    const { done, total, unit, figures = {} } = this.#unsaid;
    this.#unsaid = undefined;
    this.#progressAt = performance.now();
    const more = Object.entries(figures).map(([name, value]) => `, ${name} ${value}`);
    this.#write(`${done} of ${total} ${unit}${more.join("")}`);
  }

  #write(text: string): void {
    const time = new Date().toISOString();
    const lines = text.split("\n").map((line) => `${time}  ${printable(line)}\n`);
    writeAll(this.#file, new TextEncoder().encode(lines.join("")));
  }
}
