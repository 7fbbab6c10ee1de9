/** Which of the tasks that go on without their command somebody means. Pure. */
import { UserError } from "../../../lib/base/errors.ts";
import { suggestion } from "../../../lib/base/nearest.ts";
import { tasksOf } from "../../engine/match_tasks.ts";
import type { TaskSpec } from "../../engine/types.ts";

type Named = Pick<TaskSpec, "name" | "stage">;

export interface OpenTasks {
  /** Names of tasks that are queued or running. */
  readonly open: ReadonlySet<string>;
  /** Patterns that mean tasks, none of which is. */
  readonly idle: readonly string[];
}

/**
 * @param open Tasks that are queued or running.
 * @param known All others; asked for only if a pattern means none that is open.
 * @throws {UserError} "usage": a pattern means no task at all.
 */
export async function openTasks(
  patterns: readonly string[],
  open: readonly Named[],
  known: () => Promise<readonly Named[]>,
): Promise<OpenTasks> {
  const wanted = new Set<string>();
  const idle: string[] = [];
  let others: readonly Named[] | undefined;
  for (const pattern of patterns) {
    const found = tasksOf(pattern, open);
    for (const { name } of found) wanted.add(name);
    if (found.length > 0) continue;
    others ??= await known();
    if (tasksOf(pattern, others).length === 0) throw unknown(pattern, [...open, ...others]);
    idle.push(pattern);
  }
  return { open: wanted, idle };
}

function unknown(pattern: string, tasks: readonly Named[]): UserError {
  const names = new Set(tasks.flatMap(({ name, stage }) => [name, stage]));
  return new UserError(
    "usage",
    `Cannot cancel ${
      JSON.stringify(pattern)
    }: nothing of that name is queued or running on a cluster, and no task, ` +
      `run or stage that this store knows has it.${suggestion(pattern, names)}`,
  );
}
