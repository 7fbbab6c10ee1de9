/** Which tasks can be named. */
import { kindNames } from "../../lib/base/kinds.ts";
import { TASKS } from "../../lib/tasks/kinds.ts";

/** Each has its defaults in `conf/<task>.yaml`. */
export const TASK_NAMES: readonly string[] = kindNames(TASKS);

/** What is meant where no task is named; names of results leave it out. */
export const DEFAULT_TASK: string = TASK_NAMES[0]!;
