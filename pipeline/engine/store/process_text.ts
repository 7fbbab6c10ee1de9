/** What operating systems say of a process, read. Pure. */

export interface ProcessState {
  /** When it started, as the system words it: the same each time it is asked. */
  readonly started: string;
  /** It was stopped and can go on. */
  readonly suspended: boolean;
}

/** `/proc/<pid>/stat` of Linux: the start is in clock ticks since the machine's. */
export function procState(text: string): ProcessState | undefined {
  // The second field is the command in parentheses and may hold anything, so fields are counted from its end.
  const [state = "", ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return stateOf(state, fields[18] ?? "");
}

/** `ps -o stat=,lstart=` of macOS: `SN   Thu Nov 26 09:14:02 2026`. */
export function psState(text: string): ProcessState | undefined {
  const [state = "", ...started] = text.trim().split(/\s+/);
  return stateOf(state, started.join(" "));
}

/** A start time as PowerShell prints it: 100 ns since the year 1. Windows does not stop processes by signals. */
export function ticksState(text: string): ProcessState | undefined {
  return /^\d+$/.test(text.trim()) ? { started: text.trim(), suspended: false } : undefined;
}

/** The value in what `reg query KEY /v NAME` prints: the last word of its line. @throws {Error} If there is none. */
export function registryValue(text: string): string {
  const value = /\bREG_\w+\s+(\S+)\s*$/m.exec(text)?.[1];
  if (value === undefined) throw new Error(`Cannot find a value in ${JSON.stringify(text.slice(0, 200))}`);
  return value;
}

/** @param state A letter and, on macOS, more: Z and X are dead but not buried, T is stopped, t by a debugger. */
function stateOf(state: string, started: string): ProcessState | undefined {
  const [letter = ""] = state;
  if (started === "" || letter === "Z" || letter === "X") return undefined;
  return { started, suspended: letter === "T" || letter === "t" };
}
