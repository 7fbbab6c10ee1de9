/** What would run and why, a line a task. Pure. */
import { firstReason } from "../../engine/explain.ts";
import type { Plan } from "../../engine/plan.ts";
import type { TaskState } from "../../engine/types.ts";
import { shortenedInside } from "../../reporters/frame.ts";

/** Fewer characters of a reason tell nothing. */
const LEAST_OF_REASON = 12;
const STATE_CELLS = 9;

/** @param columns No line is longer: of reasons the end is left out, of names the middle if need be. */
export function planLines(plan: Plan, columns: number): string[] {
  return [...plan].map(([name, state]) => {
    const task = shortenedInside(name, Math.max(1, columns - STATE_CELLS));
    const line = `${state.kind.padEnd(STATE_CELLS)}${task}`;
    if (state.kind === "fresh") return line;
    const room = columns - line.length - "  ()".length;
    const [reason, short] = [firstReason(state), shortReason(state)];
    const fits = [reason, short].find((text) => text.length <= room);
    if (fits !== undefined) return `${line}  (${fits})`;
    return room < LEAST_OF_REASON ? line : `${line}  (${short.slice(0, room - 1)}…)`;
  });
}

function shortReason(state: TaskState): string {
  if (state.kind !== "pending" || state.waitsFor.length < 2) return firstReason(state);
  return `waits for ${state.waitsFor[0]} and ${state.waitsFor.length - 1} more`;
}
