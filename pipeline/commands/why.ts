/** `why`: every reason why a task would run, field by field. */
import { argument, type InferValue, merge, message, object } from "@optique/core";
import { factsHere } from "../../lib/backend/facts_io.ts";
import { describeDifference, differencesOf } from "../../lib/base/environment.ts";
import type { Json } from "../../lib/base/json.ts";
import { describeChange, firstReason } from "../engine/explain.ts";
import { matchTasks, tasksOf } from "../engine/match_tasks.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { Receipt } from "../engine/types.ts";
import { keyOfId } from "../runs/find_io.ts";
import { openIndex } from "../runs/index_io.ts";
import { defineCommand } from "./shared/command.ts";
import { amount, axes, location, overrides, placement, task } from "./shared/flags.ts";
import { whereItGoesOn } from "./shared/going_on_io.ts";
import { inspect } from "./shared/inspect_io.ts";
import { oneOf, storedTasks } from "./shared/names_io.ts";
import { overrideWords } from "./shared/override_words_io.ts";
import { print } from "../reporters/print_io.ts";

const which = object({
  name: argument(oneOf("TASK", storedTasks), {
    description: message`A task's name, a stage, a run's name, an id, or a pattern with *.`,
  }),
});

const parser = merge(which, task, axes, amount, placement, location, overrides);

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
  const specs = new Map(tasks.map((spec) => [spec.name, spec]));
  const others = tasksOf(flags.name, tasks).length > 0 ? [] : await elsewhere(store, flags.name);
  const here = new Map(views.flatMap(({ task, plan }) => plan.kind === "fresh" ? [[plan.key, task]] : []));
  for (const other of others.filter(([, { key }]) => !here.has(key))) showElsewhere(other, store, flags.json);
  const names = others.length > 0
    ? others.flatMap(([, { key }]) => here.get(key) ?? [])
    : matchTasks([flags.name], tasks);
  for (const name of names) {
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
    const start = await whereItGoesOn(store, specs.get(name)!, state);
    if (start !== undefined) print(`  ${start}`);
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

/** Tasks of other commands: those of a name or of a run, and that of an id, with what they were last done under. */
async function elsewhere(store: Store, typed: string): Promise<(readonly [string, Receipt])[]> {
  const names = store.taskNames().map((name) => ({ name, stage: "" }));
  const named = tasksOf(typed, names).flatMap(({ name }) => {
    const receipt = store.lastReceipt(name);
    return receipt === undefined ? [] : [[name, receipt] as const];
  });
  if (named.length > 0) return named;
  using index = await openIndex(store);
  const key = keyOfId(index.database, typed);
  const receipt = key === undefined ? undefined : store.local.remembered(key);
  return receipt === undefined ? [] : [[receipt.task, receipt]];
}

function showElsewhere([task, receipt]: readonly [string, Receipt], store: Store, json: boolean): void {
  const { key, startedAt, seconds } = receipt;
  if (json) return print(JSON.stringify({ task, state: "elsewhere", key, startedAt, seconds }));
  print(
    `${task}: done ${startedAt} in ${seconds} s, key ${key.slice(0, 16)}, log ${store.logPath(receipt)}`,
    "  Not part of what was asked for: with the values that it was run with, why says whether it is fresh.",
  );
}
