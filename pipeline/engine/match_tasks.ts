/** Which tasks a pattern on the command line means. */
import { UserError } from "../../lib/base/errors.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import type { TaskSpec } from "./types.ts";

/**
 * Names of the tasks that any pattern means: a task's name, a stage's name, or a task's name with `*` for any text.
 *
 * @throws {UserError} If a pattern matches nothing.
 */
export function matchTasks(
  patterns: readonly string[],
  tasks: readonly Pick<TaskSpec, "name" | "stage">[],
): ReadonlySet<string> {
  const matched = new Set<string>();
  for (const pattern of patterns) {
    const glob = new RegExp(`^${pattern.split("*").map(escapeRegExp).join(".*")}$`);
    const matches = tasks.filter((spec) => spec.stage === pattern || glob.test(spec.name));
    if (matches.length === 0) {
      const names = new Set(tasks.flatMap((spec) => [spec.name, spec.stage]));
      throw new UserError(
        "usage",
        `Cannot find ${JSON.stringify(pattern)}: no task or stage of this graph has this name.${
          suggestion(pattern, names)
        }`,
      );
    }
    for (const spec of matches) matched.add(spec.name);
  }
  return matched;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
