/** How figures and values are worded for people. Pure. */
import type { Json } from "../../../lib/base/json.ts";
import type { MissingRun } from "../../../lib/records/results.ts";

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A span that is only an estimate: `about 20 s`, `about 4 min`. */
export function roughDuration(seconds: number): string {
  if (seconds < 10) return "a few seconds";
  if (seconds < 90) return `about ${Math.ceil(seconds / 10) * 10} s`;
  if (seconds < 5400) return `about ${Math.ceil(seconds / 60)} min`;
  return `about ${Math.ceil(seconds / 3600)} h`;
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = count / 1000;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** `1 task`, `3 tasks`, `0 branches`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? noun : plural}`;
}

/** `a`, `a and b`, `a, b and c`; whole numbers without a gap as `0 to 4`. */
export function listed(parts: readonly (string | number)[]): string {
  const [first, last] = [parts[0], parts.at(-1)];
  const isRow = parts.length > 2 && parts.every((part, i) => part === Number(first) + i);
  if (isRow) return `${first} to ${last}`;
  return parts.length < 2 ? String(first ?? "") : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

/** Four significant digits at most, without an exponent where a person would not write one. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** `42.9 %` */
export function percent(rate: number): string {
  return `${(100 * rate).toFixed(1)} %`;
}

/** A difference of rates in percentage points, always with its sign: `+2.6`, `-0.3`, `0.0`. */
export function points(difference: number): string {
  const text = (100 * difference).toFixed(1);
  return Number(text) === 0 ? "0.0" : difference > 0 ? `+${text}` : text;
}

/** As {@link points}, with the minus sign of typesetting. */
export function signed(difference: number): string {
  return points(difference).replace("-", "\u2212");
}

/** With a capital at the beginning. */
export function titled(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** `trainer.epochs=3` */
export function otherWords(other: Readonly<Record<string, Json>>): string[] {
  return Object.entries(other).map(([key, value]) => `${key}=${valueText(value)}`);
}

export function valueText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const MOST_NAMED = 5;

/** A line for each reason, with the runs that failed of it. */
export function missingLines(missing: readonly MissingRun[]): string[] {
  return [...Map.groupBy(missing, ({ reason }) => reason)].map(([reason, runs]) => {
    const named = runs.slice(0, MOST_NAMED).map(({ run }) => run).join(", ");
    const more = runs.length - MOST_NAMED;
    return `${named}${more > 0 ? ` and ${more} more` : ""}: ${reason}`;
  });
}
