/** How a task's job ended, as whoever follows it counts it. */
export type Ending = "fresh" | "ran" | "failed" | "blocked" | "cancelled";

/** Whether it left no result. */
export function endsBadly(ending: Ending | undefined): boolean {
  return ending === "failed" || ending === "blocked" || ending === "cancelled";
}
