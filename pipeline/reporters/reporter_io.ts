/**
 * Shows a run's events: live lines on a terminal, plain lines elsewhere, JSON for machines. Results go to standard
 * output, what happens meanwhile to standard error (but JSON events, which are the result of `--json`).
 */
import type { FailureRecord, RunEvent } from "../engine/types.ts";
import { frame, type Paint } from "./frame.ts";
import { Pace } from "./pace.ts";
import { Tally } from "./tally.ts";
import { wordElsewhere } from "../report/text/elsewhere.ts";
import { count, duration } from "../report/text/wording.ts";
import { printableValues } from "../../lib/base/printable.ts";
import { OutputClosed, print, write } from "./print_io.ts";

export interface Reporter {
  show(event: RunEvent): void;
  /** Restores the terminal. */
  close(): void;
  /** Aborted, with an {@link OutputClosed}, when nobody reads any more what is shown. */
  readonly unread: AbortSignal;
}

/** @param storeRoot What the paths of logs in events are relative to. */
export function chooseReporter(json: boolean, storeRoot: string): Reporter {
  const unread = new AbortController();
  const say = untilUnread(unread, (text: string) => write(Deno.stderr, text));
  const reporter = json
    ? { show: untilUnread(unread, (event: RunEvent) => print(JSON.stringify(event))), close: () => {} }
    : Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb"
    ? terminalReporter(storeRoot, say)
    : plainReporter(storeRoot, say);
  return { ...reporter, unread: unread.signal };
}

type Say = (text: string) => void;

function untilUnread<Item>(unread: AbortController, show: (item: Item) => void): (item: Item) => void {
  return (item) => {
    if (unread.signal.aborted) return;
    try {
      show(item);
    } catch (error) {
      if (!(error instanceof OutputClosed)) throw error;
      unread.abort(error);
    }
  };
}

/** A line when a task starts, ends or says something, and now and then how far it is. */
function plainReporter(storeRoot: string, say: Say): Omit<Reporter, "unread"> {
  const paces = new Map<string, { readonly pace: Pace; shownAt: number }>();
  const tally = new Tally();
  return {
    show(told) {
      const event = printableValues(told);
      tally.add(event);
      const now = seconds();
      if (event.type === "task-progress") {
        const known = paces.get(event.task) ?? { pace: new Pace(), shownAt: now };
        paces.set(event.task, known);
        known.pace.add(event.progress, now);
        if (now - known.shownAt < SECONDS_BETWEEN_PLAIN_LINES) return;
        known.shownAt = now;
        say(`  ${event.task}: ${known.pace.describe()}\n`);
        return;
      }
      for (const line of linesFor(event, storeRoot, tally)) say(`${line}\n`);
    },
    close: () => {},
  };
}

const SECONDS_BETWEEN_PLAIN_LINES = 10;

/** Keeps lines on what runs at the bottom of the screen, below those that stay. */
function terminalReporter(storeRoot: string, say: Say): Omit<Reporter, "unread"> {
  const running = new Map<string, { readonly pace: Pace; readonly since: number }>();
  const totals = { ended: 0, failed: 0, total: 0 };
  const tally = new Tally();
  const paint: Paint = Deno.noColor ? (text) => text : (text, sgr) => `\x1b[${sgr}m${text}\x1b[0m`;
  const begun = seconds();
  let drawn = 0;
  let shown = "";
  const timer = setInterval(redraw, 100);

  function erase(): string {
    const up = drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : "";
    drawn = 0;
    shown = "";
    return up;
  }
  function redraw(): void {
    if (running.size === 0) return;
    const { columns, rows } = Deno.stderr.isTerminal() ? Deno.consoleSize() : { columns: 80, rows: 24 };
    const tasks = [...running].slice(0, Math.max(1, rows - 2)).map(([task, { pace, since }]) => ({
      task,
      seconds: seconds() - since,
      measured: pace.measured,
    }));
    const lines = frame(tasks, { ...totals, seconds: seconds() - begun }, columns, paint);
    const text = lines.map((line) => `${line}\n`).join("");
    if (text === shown) return; // a terminal that is looked at through a slow line need not be sent the same again
    say(erase() + text);
    drawn = lines.length;
    shown = text;
  }
  return {
    show(told) {
      const event = printableValues(told);
      tally.add(event);
      switch (event.type) {
        case "planned":
          totals.total = event.total;
          break;
        case "task-progress":
          running.get(event.task)?.pace.add(event.progress, seconds());
          return;
        case "task-started":
          running.set(event.task, { pace: new Pace(), since: seconds() });
          break;
        case "task-fresh":
        case "task-done":
        case "task-failed":
        case "task-cancelled":
          running.delete(event.task);
          totals.ended += event.type === "task-fresh" || event.type === "task-done" ? 1 : 0;
          totals.failed += event.type === "task-failed" ? 1 : 0;
          break;
        default:
      }
      const color = COLORS[event.type];
      const lines = linesFor(event, storeRoot, tally).map((line) =>
        color === undefined ? line : paint(line, color)
      );
      if (lines.length === 0) return;
      say(erase() + lines.map((line) => `${line}\n`).join(""));
      redraw();
    },
    close() {
      clearInterval(timer);
      say(erase());
    },
  };
}

function seconds(): number {
  return performance.now() / 1000;
}

const COLORS: Readonly<Partial<Record<RunEvent["type"], number>>> = {
  "task-done": 32,
  "task-failed": 31,
  "task-blocked": 33,
  "task-cancelled": 33,
};

function linesFor(event: RunEvent, storeRoot: string, tally: Tally): string[] {
  if (event.type === "task-failed") {
    const first = tally.firstToFail(event.failure.message);
    if (first !== undefined && first !== event.task) { // as all splits of a folder that cannot be read do
      return [`  ${event.task}: failed as ${first} did`, ...logLine(event.failure, storeRoot)];
    }
  }
  return [...wordEvent(event, storeRoot), ...(event.type === "finished" ? tally.lines() : [])];
}

/** The lines that tell of an event; none for those that only machines want. */
export function wordEvent(event: RunEvent, storeRoot: string): string[] {
  switch (event.type) {
    case "planned":
    case "task-fresh":
    case "task-progress":
    case "task-queued":
      return [];
    case "submitted": {
      const { tasks, jobs, queued, folder } = event;
      const before = queued === 0 ? "" : `; ${count(queued, "task")} queued or running already`;
      if (tasks === 0) return queued === 0 ? [] : [`Nothing new to submit${before}.`];
      return [
        `Submitted ${count(tasks, "task")} as ${count(jobs, "job or array", "jobs and arrays")}${before}.`,
        `  scripts and logs: ${folder}`,
      ];
    }
    case "task-waiting":
      return [`  ${event.task}: waiting for ${event.owner}, which is doing it`];
    case "task-started":
      return [`  ${event.task}: started on ${count(event.threads, "thread")} (${event.reason})`];
    case "task-note":
      return [`  ${event.task}: ${event.level === "warning" ? "warning: " : ""}${event.message}`];
    case "task-done":
      return [
        `  ${event.task}: done in ${duration(event.seconds)}${
          event.drift ? ", with other bytes than before (kept: the earlier result)" : ""
        }`,
      ];
    case "task-failed":
      return [
        `  ${event.task}: failed: ${event.failure.message}`,
        ...logLine(event.failure, storeRoot),
      ];
    case "task-blocked":
      return [`  ${event.task}: blocked by ${event.by}`];
    case "task-cancelled":
      return [`  ${event.task}: cancelled`];
    case "made-elsewhere":
      return [wordElsewhere(event)];
    case "finished": {
      const { fresh, ran, failed, blocked, cancelled, queued = 0, seconds } = event.summary;
      const parts = [`${count(ran, "task")} ran`, `${fresh} fresh`];
      if (failed > 0) parts.push(`${failed} failed`);
      if (blocked > 0) parts.push(`${blocked} blocked`);
      if (cancelled > 0) parts.push(`${cancelled} cancelled`);
      if (queued > 0) parts.push(`${queued} queued`);
      return [`${parts.join(", ")} in ${duration(seconds)}`];
    }
  }
}

/** Nothing for what failed before there was a log. */
function logLine({ log }: FailureRecord, storeRoot: string): string[] {
  return log === "" ? [] : [`    log: ${storeRoot}/${log}`];
}
