/** From what a command noted on its way to where its time went. Pure. */
import { FINGERPRINTED, PHASES } from "../../pipeline/commands/shared/phases_io.ts";
import { summarize } from "./timing.ts";

/** What a process says of itself when it ends; times in milliseconds. */
export interface Timeline {
  /** When its own clock began, since 1970. */
  readonly origin: number;
  /** When it got where, by that clock. */
  readonly marks: readonly (readonly [name: string, at: number])[];
  /** How long parts took. */
  readonly measures: readonly (readonly [name: string, duration: number])[];
}

/** A command that found everything fresh; times in milliseconds. */
export interface StartupRun {
  readonly timeline: Timeline;
  /** When it was started and when it was gone, since 1970. */
  readonly started: number;
  readonly gone: number;
  /** How long the same command took as it is typed, by `deno task`, until its first line, and without `deno task`. */
  readonly typed: number;
  readonly firstLine: number;
  readonly bare: number;
}

export interface StartupPhase {
  readonly phase: string;
  readonly median_ms: number;
  readonly best_ms: number;
}

export interface Startup {
  readonly runs: number;
  /** In the order in which they come, but for what `deno task` adds, which is last. */
  readonly phases: readonly StartupPhase[];
  /** The command as it is typed, and until its first line stands on the terminal. */
  readonly typed: Omit<StartupPhase, "phase">;
  readonly first_line: Omit<StartupPhase, "phase">;
}

const PLANNED = "plan made";

/**
 * How long each phase of a command took.
 *
 * @returns In milliseconds, in order: Deno's start, {@link PHASES}, with the fingerprints of code apart from the plan, and
 * the process's end. They add up to the process's time.
 * @throws {Error} If the command did not get through all phases.
 */
export function phaseTimes(
  { timeline: { origin, marks, measures }, started, gone }: StartupRun,
): readonly (readonly [phase: string, ms: number])[] {
  const at = new Map(marks);
  const fingerprints = new Map(measures).get(FINGERPRINTED);
  const missing = fingerprints === undefined ? FINGERPRINTED : PHASES.find((phase) => !at.has(phase));
  if (fingerprints === undefined || missing !== undefined) {
    throw new Error(`Cannot tell where the time went: the command noted nothing of "${missing}"`);
  }
  const own = PHASES.flatMap((phase, i): (readonly [string, number])[] => {
    const took = at.get(phase)! - (i === 0 ? 0 : at.get(PHASES[i - 1]!)!);
    return phase === PLANNED
      ? [[FINGERPRINTED, fingerprints], ["store looked up, plan made", took - fingerprints]]
      : [[phase, took]];
  });
  const last = at.get(PHASES.at(-1)!)!;
  return [
    ["Deno started", origin - started],
    ...own,
    ["process ended", gone - origin - last],
  ];
}

/** @param runs At least one. */
export function summarizeStartup(runs: readonly StartupRun[]): Startup {
  const times = runs.map(phaseTimes);
  const over = (values: readonly number[]) => {
    const { median, min } = summarize(values);
    return { median_ms: median, best_ms: min };
  };
  const [typed, bare] = [over(runs.map(({ typed }) => typed)), over(runs.map(({ bare }) => bare))];
  const added = {
    phase: "deno task itself",
    median_ms: summarize(runs.map((run) => run.typed - run.bare)).median,
    best_ms: typed.best_ms - bare.best_ms,
  };
  return {
    runs: runs.length,
    phases: [...times[0]!.map(([phase], i) => ({ phase, ...over(times.map((one) => one[i]![1])) })), added],
    typed,
    first_line: over(runs.map(({ firstLine }) => firstLine)),
  };
}
