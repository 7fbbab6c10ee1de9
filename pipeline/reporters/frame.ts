/** The lines at the bottom of a terminal while tasks run: one for each, and one for all together. Pure. */
import { count, duration } from "../report/text/wording.ts";
import { figureParts, type Measured, paceParts } from "./pace.ts";

export interface RunningTask {
  readonly task: string;
  /** Since it was started. */
  readonly seconds: number;
  readonly measured: Measured | undefined;
}

export interface Totals {
  readonly ended: number;
  readonly failed: number;
  /** Of all tasks of the run, those that were fresh before included. */
  readonly total: number;
  readonly seconds: number;
}

/** Paints text for the terminal; without colours, gives it back. */
export type Paint = (text: string, sgr: number) => string;

const BAR_CELLS = 12;
const LONGEST_NAME = 48;
const BOLD = 1;
const DIM = 2;
const RED = 31;
const CYAN = 36;

/**
 * No line is wider than the terminal: what is less important is left out as a whole, never cut in two.
 *
 * @param columns Of the terminal.
 */
export function frame(
  running: readonly RunningTask[],
  totals: Totals,
  columns: number,
  paint: Paint,
): string[] {
  const name = Math.min(LONGEST_NAME, Math.max(0, ...running.map(({ task }) => task.length)));
  const lines = running.map((task) => taskLine(task, name, columns - 1, paint));
  const { ended, failed, total, seconds } = totals;
  const rest = [
    `${ended} of ${count(total, "task")} done`,
    `${running.length} running`,
    duration(Math.floor(seconds)),
  ].join(", ");
  const fails = failed === 0 ? "" : `, ${failed} failed`;
  return [
    ...lines,
    `  ${paint(rest.slice(0, columns - 3), DIM)}${
      paint(fails.slice(0, Math.max(0, columns - 3 - rest.length)), RED)
    }`,
  ];
}

function taskLine(
  { task, seconds, measured }: RunningTask,
  nameWidth: number,
  width: number,
  paint: Paint,
): string {
  const name = shortenedInside(task, nameWidth).padEnd(nameWidth);
  if (measured === undefined) {
    return paint(`  ${name}  running for ${duration(Math.floor(seconds))}`.slice(0, width), CYAN);
  }
  const percent = `${String(Math.floor(100 * measured.share)).padStart(3)} %`;
  let room = width - (2 + name.length + 2 + percent.length);
  const withBar = room > BAR_CELLS + 26;
  if (withBar) room -= BAR_CELLS + 2;
  const parts: string[] = [];
  for (const part of byWorth(measured)) {
    if (part.length + 2 > room) break;
    parts.push(part);
    room -= part.length + 2;
  }
  const pieces = [paint(name, BOLD), ...(withBar ? [bar(measured.share, paint)] : []), percent, ...parts];
  return `  ${pieces.join("  ")}`;
}

/** What people look for first comes first: it is what a narrow terminal keeps. */
function byWorth(measured: Measured): string[] {
  const figures = figureParts(measured);
  const isLoss = (part: string) => part.startsWith("loss ");
  return [
    ...paceParts({ ...measured, rate: undefined }),
    ...figures.filter(isLoss),
    ...paceParts({ ...measured, secondsLeft: undefined }),
    ...figures.filter((part) => !isLoss(part)),
  ];
}

/** The end of a name tells runs apart, so the middle goes. */
export function shortenedInside(name: string, width: number): string {
  if (name.length <= width) return name;
  const head = Math.ceil((width - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (width - 1 - head))}`;
}

function bar(share: number, paint: Paint): string {
  const full = Math.floor(share * BAR_CELLS);
  return paint("━".repeat(full), CYAN) + paint("─".repeat(BAR_CELLS - full), DIM);
}
