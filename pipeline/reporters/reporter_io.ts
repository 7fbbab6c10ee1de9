/**
 * Shows a run's events: live lines on a terminal, plain lines elsewhere, JSON for machines. Results go to standard
 * output, what happens meanwhile to standard error (but JSON events, which are the result of `--json`).
 */
import type { RunEvent } from "../engine/types.ts";
import { Pace } from "./pace.ts";
import { count, duration } from "../report/wording.ts";

export interface Reporter {
  show(event: RunEvent): void;
  /** Restores the terminal. */
  close(): void;
}

const encoder = new TextEncoder();

/** @param storeRoot What the paths of logs in events are relative to. */
export function chooseReporter(json: boolean, storeRoot: string): Reporter {
  if (json) return jsonReporter();
  return Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb"
    ? terminalReporter(storeRoot)
    : plainReporter(storeRoot);
}

function jsonReporter(): Reporter {
  return {
    show: (event) => writeAll(Deno.stdout, `${JSON.stringify(event)}\n`),
    close: () => {},
  };
}

/** A line when a task starts, ends or says something, and now and then how far it is. */
function plainReporter(storeRoot: string): Reporter {
  const paces = new Map<string, { readonly pace: Pace; shownAt: number }>();
  return {
    show(event) {
      const now = performance.now() / 1000;
      if (event.type === "task-progress") {
        const known = paces.get(event.task) ?? { pace: new Pace(), shownAt: now };
        paces.set(event.task, known);
        known.pace.add(event.progress, now);
        if (now - known.shownAt < SECONDS_BETWEEN_PLAIN_LINES) return;
        known.shownAt = now;
        writeAll(Deno.stderr, `  ${event.task}: ${known.pace.describe()}\n`);
        return;
      }
      for (const line of wordEvent(event, storeRoot)) writeAll(Deno.stderr, `${line}\n`);
    },
    close: () => {},
  };
}

const SECONDS_BETWEEN_PLAIN_LINES = 10;

/** Keeps one line for each running task at the bottom of the screen. */
function terminalReporter(storeRoot: string): Reporter {
  const running = new Map<string, { readonly pace: Pace; readonly since: number }>();
  const paint = Deno.noColor
    ? (text: string) => text
    : (text: string, code: number) => `\x1b[${code}m${text}\x1b[0m`;
  let drawn = 0;
  const timer = setInterval(redraw, 100);

  function erase(): string {
    const up = drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : "";
    drawn = 0;
    return up;
  }
  function redraw(): void {
    const width = Deno.stderr.isTerminal() ? Deno.consoleSize().columns : 80;
    const lines = [...running].map(([task, { pace, since }]) => {
      const elapsed = duration(performance.now() / 1000 - since);
      return `  ${task}  ${pace.describe() || `running for ${elapsed}`}`.slice(0, width - 1);
    });
    const text = erase() + lines.map((line) => `${paint(line, 36)}\n`).join("");
    drawn = lines.length;
    if (text !== "") writeAll(Deno.stderr, text);
  }
  return {
    show(event) {
      const now = performance.now() / 1000;
      if (event.type === "task-progress") {
        running.get(event.task)?.pace.add(event.progress, now);
        return;
      }
      if (event.type === "task-started") running.set(event.task, { pace: new Pace(), since: now });
      if (event.type === "task-done" || event.type === "task-failed" || event.type === "task-cancelled") {
        running.delete(event.task);
      }
      const color = COLORS[event.type];
      const text = wordEvent(event, storeRoot).map((line) =>
        `${color === undefined ? line : paint(line, color)}\n`
      )
        .join("");
      if (text !== "") writeAll(Deno.stderr, erase() + text);
      redraw();
    },
    close() {
      clearInterval(timer);
      writeAll(Deno.stderr, erase());
    },
  };
}

const COLORS: Readonly<Partial<Record<RunEvent["type"], number>>> = {
  "task-done": 32,
  "task-failed": 31,
  "task-blocked": 33,
  "task-cancelled": 33,
};

/** The lines that tell of an event; none for those that only machines want. */
export function wordEvent(event: RunEvent, storeRoot: string): string[] {
  switch (event.type) {
    case "planned":
    case "task-fresh":
    case "task-progress":
      return [];
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
        `    log: ${storeRoot}/${event.failure.log}`,
      ];
    case "task-blocked":
      return [`  ${event.task}: blocked by ${event.by}`];
    case "task-cancelled":
      return [`  ${event.task}: cancelled`];
    case "finished": {
      const { fresh, ran, failed, blocked, cancelled, seconds } = event.summary;
      const parts = [`${count(ran, "task")} ran`, `${fresh} fresh`];
      if (failed > 0) parts.push(`${failed} failed`);
      if (blocked > 0) parts.push(`${blocked} blocked`);
      if (cancelled > 0) parts.push(`${cancelled} cancelled`);
      return [`${parts.join(", ")} in ${duration(seconds)}`];
    }
  }
}

function writeAll(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const all = encoder.encode(text);
  for (let at = 0; at < all.length;) at += to.writeSync(all.subarray(at));
}
