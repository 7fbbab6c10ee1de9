/** The way to a terminal: results on standard output, what is said beside them on standard error. */
import { printable } from "../../lib/base/printable.ts";

/** @param lines Each stays one line, whatever is in it. */
export function print(...lines: readonly string[]): void {
  for (const line of lines) console.log(printable(line));
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

/** For programs: a line whose parts are set apart by tabs. */
export function printRow(...parts: readonly string[]): void {
  console.log(parts.map(printable).join("\t"));
}
