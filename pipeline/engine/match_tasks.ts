/** Which tasks a pattern on the command line means. */
import { UserError } from "../../lib/base/errors.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import type { TaskSpec } from "./types.ts";

/**
 * Names of the tasks that any pattern means: a task's name, a stage's name, what stands behind the stage in names of
 * tasks (a run's name, for all of its tasks, those under conditions too), or a task's name with `*` for any text.
 *
 * @throws {UserError} If a pattern matches nothing.
 */
export function matchTasks(
  patterns: readonly string[],
  tasks: readonly Pick<TaskSpec, "name" | "stage">[],
): ReadonlySet<string> {
  const matched = new Set<string>();
  for (const pattern of patterns) {
    const matches = tasksOf(pattern, tasks);
    if (matches.length === 0) {
      const names = new Set(tasks.flatMap((spec) => [spec.name, spec.stage]));
      throw new UserError(
        "usage",
        `Cannot find ${JSON.stringify(pattern)}: no task, run or stage has this name.${
          suggestion(pattern, names)
        }`,
      );
    }
    for (const spec of matches) matched.add(spec.name);
  }
  return matched;
}

/** As {@link matchTasks}, of one pattern that may match nothing. */
export function tasksOf<Task extends Pick<TaskSpec, "name" | "stage">>(
  pattern: string,
  tasks: readonly Task[],
): readonly Task[] {
  const glob = globOf(pattern);
  return tasks.filter(({ name, stage }) => {
    const behind = name.slice(name.indexOf("/") + 1);
    return stage === pattern || behind === pattern || behind.startsWith(`${pattern}@`) || glob.test(name);
  });
}

/** `*` stands for any text. */
export function globOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.split("*").map(escapeRegExp).join(".*")}$`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
