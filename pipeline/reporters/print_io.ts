/** The way to a terminal: results on standard output, what is said beside them on standard error. */
import { printable } from "../../lib/base/printable.ts";

/** Nobody reads any more what is written: the other end of a pipe was closed, as by `| head -1`, or a terminal is gone. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/** @param lines Each stays one line, whatever is in it. @throws {OutputClosed} */
export function print(...lines: readonly string[]): void {
  if (lines.length > 0) write(Deno.stdout, `${lines.map(printable).join("\n")}\n`);
}

/** Text that is printable already. @throws {OutputClosed} */
export function write(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += to.writeSync(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.WouldBlock) pause(); // whoever shares the pipe has made it so
      else if (isClosed(error)) throw new OutputClosed("Nobody reads the output", { cause: error });
      else throw error;
    }
  }
}

const PAUSE_MS = 5;

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

/** EIO is what a terminal says that hung up. */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    (error instanceof Error && /os error 5\b/.test(error.message));
}

/** On standard error. @param lines Each stays one line, whatever is in it. */
export function tell(...lines: readonly string[]): void {
  for (const line of lines) console.error(printable(line));
}

/** Marks the first line as an error. */
export function tellError([first = "", ...others]: readonly string[]): void {
  const label = Deno.stderr.isTerminal() && !Deno.noColor ? "\x1b[31merror\x1b[0m" : "error";
  console.error(`${label}: ${printable(first)}`);
  tell(...others);
}

/** For programs: a line whose parts are set apart by tabs. @throws {OutputClosed} */
export function printRow(...parts: readonly string[]): void {
  write(Deno.stdout, `${parts.map(printable).join("\t")}\n`);
}
