/** `why`: every reason why a task would run, field by field. */
import { argument, type InferValue, merge, message, object } from "@optique/core";
import { factsHere } from "../../lib/backend/facts_io.ts";
import { describeDifference, differencesOf } from "../../lib/base/environment.ts";
import type { Json } from "../../lib/base/json.ts";
import { describeChange, firstReason } from "../engine/explain.ts";
import { matchTasks } from "../engine/match_tasks.ts";
import { defineCommand } from "./shared/command.ts";
import { axes, location, overrides, placement, task } from "./shared/flags.ts";
import { inspect } from "./shared/inspect_io.ts";
import { oneOf, storedTasks } from "./shared/names_io.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { print } from "../reporters/print_io.ts";

const which = object({
  name: argument(oneOf("TASK", storedTasks), {
    description: message`A task's name, a stage, or a pattern with *.`,
  }),
});

const parser = merge(which, task, axes, placement, location, overrides);

export const command = defineCommand({
  brief: message`Every reason why a task would run, field by field.`,
  examples: [
    ["why train", "all trainings"],
    ["why '*-D-*' trainer.epochs=40", "if this were changed"],
  ],
  parser,
  complete: overrideWords,
  run: showReasons,
});

async function showReasons(flags: InferValue<typeof parser>): Promise<number> {
  const { views, tasks, store } = await inspect(flags);
  const byName = new Map(views.map((view) => [view.task, view]));
  for (const name of matchTasks([flags.name], tasks)) {
    const { plan: state, job, state: word, reason } = byName.get(name)!;
    if (flags.json) {
      const changes = state.kind === "fresh" ? [] : state.changes ?? null;
      const more = {
        ...(job === undefined ? {} : { job: job.record }),
        ...(state.kind === "fresh" ? { environment: state.receipt.environment ?? null } : {}),
      };
      print(JSON.stringify({ task: name, state: state.kind, changes, ...more } as unknown as Json));
      continue;
    }
    if (state.kind === "fresh") {
      const { receipt } = state;
      const there = receipt.environment ?? {};
      const facts = Object.entries(there).map(([fact, value]) => `${fact} ${value}`);
      const other = differencesOf(there, await factsHere(Object.keys(there))).map(describeDifference);
      print(
        `${name}: fresh`,
        `  done ${receipt.startedAt} in ${receipt.seconds} s, key ${receipt.key.slice(0, 16)}, log ${
          store.logPath(receipt)
        }`,
      );
      if (facts.length > 0) print(`  made with ${[...facts, ...receipt.v8Flags ?? []].join(", ")}`);
      if (other.length > 0) print(`  in another environment: ${other.join("; ")}`);
      continue;
    }
    print(`${name}: ${word}, ${reason}`);
    if (word !== state.kind) print(`  ${state.kind}: ${firstReason(state)}`);
    for (const change of state.changes ?? []) print(`  ${describeChange(change)}`);
    if (job !== undefined) print(`  ${job.identity}`);
    if (job?.log !== undefined) print(`  log: ${job.log}`);
    const failure = state.kind === "stale" ? store.failure(state.key) : undefined;
    if (failure !== undefined) {
      print(`  last attempt failed: ${failure.message}`);
      if (failure.log !== "") print(`  log: ${store.logPath(failure)}`);
    }
  }
  return 0;
}
