/** How the tasks of one run ended, as its events tell it. Pure. */
import type { FailureRecord, RunEvent, TaskKey } from "../../engine/types.ts";

/** A task that failed, with its one sentence. */
export type Failure = Pick<FailureRecord, "task" | "message">;

export class Outcome {
  readonly #keys = new Map<string, TaskKey>();
  readonly #failures = new Map<string, Failure>();
  /** Task -> the failed one that it waits for. */
  readonly #blocked = new Map<string, string>();

  add(event: RunEvent): void {
    switch (event.type) {
      case "task-fresh":
      case "task-done":
        this.#keys.set(event.task, event.key);
        break;
      case "task-failed":
        this.#failures.set(event.task, event.failure);
        this.#keys.delete(event.task); // its result was there, and damaged
        break;
      case "task-blocked":
        this.#blocked.set(event.task, event.by);
        break;
      default:
    }
  }

  /** The key under which a task is done; undefined: it is not. */
  keyOf(task: string): TaskKey | undefined {
    return this.#keys.get(task);
  }

  /** What a task failed of: itself, or a task that it waits for. */
  failureOf(task: string): Failure | undefined {
    const by = this.#blocked.get(task);
    return by === undefined ? this.#failures.get(task) : this.failureOf(by);
  }
}
