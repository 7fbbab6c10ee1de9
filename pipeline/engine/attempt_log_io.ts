/** The log of one attempt: what its stage printed and reported, and how it ended, each with its time. */
import { printable } from "../../lib/base/printable.ts";
import { writeAll } from "./store/atomic_io.ts";
import type { Progress, TaskKey } from "./types.ts";

/** Printed lines that a failure's record quotes. */
const TAIL_LINES = 20;
/** Between two lines of progress. */
const PROGRESS_MS = 5_000;

/** Bytes in which the first line of a log ends. */
const FIRST_BYTES = 4096;

/** The task that a log is of, as its first line says it; nothing if that is no log of an attempt. */
export function taskOfLog(path: string): string | undefined {
  using file = Deno.openSync(path, { read: true });
  const bytes = new Uint8Array(FIRST_BYTES);
  const text = new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  return /^\S+ {2}(.+) starts as attempt \d+ of key /.exec(text)?.[1];
}

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

  /** The first lines. @param why The task runs. @throws {Error} If they cannot be written. */
  begin(task: string, key: TaskKey, threads: number, why: string): void {
    this.say(`${task} starts as attempt ${this.attempt} of key ${key.slice(0, 16)} (${why})`);
    this.say(`Process ${Deno.pid} on ${Deno.hostname()}, Deno ${Deno.version.deno}, threads: ${threads}`);
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
