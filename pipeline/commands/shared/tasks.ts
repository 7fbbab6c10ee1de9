/** Which tasks there are for who types them. */
import { type TaskName, TASKS } from "../../config/schema.ts";

/** What is meant where no task is named; names of results leave it out. */
export const DEFAULT_TASK: TaskName = TASKS[0];

/** As in the help and above tables. */
export const TASK_TITLES: Readonly<Record<TaskName, string>> = {
  kws: "Keyword spotting",
  asr: "Phoneme recognition",
};
