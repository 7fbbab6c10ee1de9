/** How wide the terminal is. */

/** Columns of standard output; no limit where it is no terminal. */
export function mostColumns(): number {
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : Infinity;
}

/** Columns of standard output; 110 where it is no terminal. */
export function terminalWidth(): number {
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : 110;
}
