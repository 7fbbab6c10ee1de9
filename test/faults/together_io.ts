/** Several processes on one store at the same time. */
import { finish, parseEvents } from "../support/project.ts";
import { outcome, type Tally } from "./tally.ts";
import { incompleteness, type Trial } from "./trial_io.ts";

/** All end well, every task is done once, and the bytes are those of a single process. */
export async function runTogether(trial: Trial, count: number, tally: Tally): Promise<void> {
  const store = trial.freshStore();
  const runs = await Promise.all(Array.from({ length: count }, () => finish(trial.start(store))));
  const troubles = runs.flatMap(({ code, stderr }) =>
    code === 0 ? [] : [`exit status ${code}: ${stderr.slice(-300)}`]
  );
  const done = runs.flatMap(({ stdout }) =>
    parseEvents(stdout).flatMap((event) => event.type === "task-done" ? [event.task] : [])
  );
  if (new Set(done).size !== done.length) troubles.push(`done more than once: ${done.join(", ")}`);
  const problems = incompleteness(store, trial.undisturbed).then((found) => [...found, ...troubles]);
  tally.add(`${count} processes at once`, await outcome(problems));
}
