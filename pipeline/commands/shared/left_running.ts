/** Tasks that go on without the command that had them submitted. Pure. */
import type { RunEvent } from "../../engine/types.ts";
import { count } from "../../report/text/wording.ts";

/** What becomes of tasks on a cluster that nobody follows any more, and what one can do. */
export function leftRunning(tasks: number): string {
  return `${count(tasks, "task")} queued or running on the cluster: \`deno task status\` and ` +
    "`deno task logs TASK` show how they are, `deno task cancel` ends them, and this command again follows them.";
}

/** Which tasks were given to a cluster and not heard of since, of executions that have tasks in common. */
export class QueuedTasks {
  readonly #open = new Set<string>();

  get size(): number {
    return this.#open.size;
  }

  add(event: RunEvent): void {
    switch (event.type) {
      case "task-queued":
        this.#open.add(event.task);
        break;
      case "task-fresh":
      case "task-done":
      case "task-failed":
      case "task-blocked":
      case "task-cancelled":
        this.#open.delete(event.task);
        break;
      default:
    }
  }
}
