/** What a run's end is summed up from: where the time went, and what failed. Pure. */
import type { RunEvent } from "../engine/types.ts";
import { count, duration } from "../report/text/wording.ts";

export class Tally {
  readonly #stages = new Map<string, { tasks: number; seconds: number }>();
  readonly #failed: { readonly task: string; readonly why: string }[] = [];

  add(event: RunEvent): void {
    if (event.type === "task-failed") {
      this.#failed.push({ task: event.task, why: event.failure.message });
    }
    if (event.type !== "task-done") return;
    const stage = event.task.split("/")[0]!;
    const { tasks, seconds } = this.#stages.get(stage) ?? { tasks: 0, seconds: 0 };
    this.#stages.set(stage, { tasks: tasks + 1, seconds: seconds + event.seconds });
  }

  /** The first task that failed with these words. */
  firstToFail(why: string): string | undefined {
    return this.#failed.find((failed) => failed.why === why)?.task;
  }

  /** For below the last event; nothing that is plain from a single task. */
  lines(): string[] {
    const stages = [...this.#stages].toSorted(([, a], [, b]) => b.seconds - a.seconds);
    const lines = [];
    if (stages.length > 1) {
      const parts = stages.map(([stage, { tasks, seconds }]) =>
        `${stage} ${duration(seconds)}${tasks > 1 ? ` (${count(tasks, "task")})` : ""}`
      );
      lines.push(`Time by stage, all processes together: ${parts.join(", ")}`);
    }
    if (this.#failed.length > 0) lines.push(`Failed: ${this.#failed.map(({ task }) => task).join(", ")}`);
    return lines;
  }
}
