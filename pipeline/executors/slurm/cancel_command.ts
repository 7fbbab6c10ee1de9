/** What to type to end jobs. Pure. */
import { dependenciesOf } from "../../engine/order.ts";
import type { TaskSpec } from "../../engine/types.ts";

/** So many names are told; of more, how one names them. */
const MOST_NAMED = 5;

/** Of tasks that wait for others of them only those others are named: a job's end takes what waits for it with it. */
export function cancelCommand(tasks: readonly TaskSpec[]): string {
  const names = new Set(tasks.map(({ name }) => name));
  const first = tasks.filter((spec) => !dependenciesOf(spec).some((name) => names.has(name)));
  return first.length <= MOST_NAMED
    ? `\`deno task cancel ${first.map(({ name }) => name).join(" ")}\``
    : `\`deno task cancel\` and their names, stages or patterns such as '${first[0]!.stage}/*'`;
}
