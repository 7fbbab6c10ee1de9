/**
 * Finds the runs that a word means. Whatever any command called a run leads to it: a name, also one under which its
 * result was used again, a task's name, an id, a pattern with `*`, or a part of the name.
 */
import type { DatabaseSync } from "node:sqlite";
import { UserError } from "../../lib/base/errors.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import { globOf } from "../engine/match_tasks.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { TaskKey } from "../engine/types.ts";

/** A name with the training that was last shown under it. */
export interface KnownRun {
  readonly run: string;
  readonly key: TaskKey;
}

const STAGE = "train/";
/** As much of a key as people type. */
const ID = /^[0-9a-f]{4,64}$/;
/** Of many runs, sentences name only some. */
const MOST_NAMED = 10;

/** @param database Of the store's index. @returns Each name once. */
export function knownRuns(store: Store, database: DatabaseSync): KnownRun[] {
  const newest = new Map<string, TaskKey>();
  const trainings = database.prepare(
    "SELECT key, task FROM receipts LEFT JOIN runs USING (key) WHERE stage = 'train' ORDER BY started_at",
  ).all() as { key: TaskKey; task: string }[];
  for (const { key, task } of trainings) newest.set(task, key);
  const others = store.taskNames().filter((task) => task.startsWith(STAGE));
  return [...new Set([...newest.keys(), ...others])].flatMap((task) => {
    const key = store.lastReceipt(task)?.key ?? newest.get(task);
    return key === undefined ? [] : [{ run: task.slice(STAGE.length), key }];
  });
}

/** @throws {UserError} `usage`: what is to be compared is one training, under one name. */
export function checkTwo(a: KnownRun, b: KnownRun): void {
  if (a.run !== b.run || a.key !== b.key) return;
  throw new UserError(
    "usage",
    `Cannot compare ${a.run} (${
      a.key.slice(0, 8)
    }) with itself: both words mean this one run, wanted two of those that ` +
      `deno task runs shows.`,
  );
}

/** @returns None, one, or several if the word can mean them all; each training once. */
export function findRuns(store: Store, database: DatabaseSync, typed: string): KnownRun[] {
  const word = withoutStage(typed);
  if (word.trim() === "") return []; // which is a part of every name
  const known = knownRuns(store, database);
  const named = known.filter(({ run }) => run === word);
  if (named.length > 0) return named;
  const evaluated = evaluatedAs(database, word);
  if (evaluated.length > 0) return evaluated;
  const byId = runsOfId(database, word);
  if (byId.length > 0) return byId;
  const glob = globOf(word.includes("*") ? word : `*${word}*`);
  return [...Map.groupBy(known.filter(({ run }) => glob.test(run)), ({ key }) => key).values()]
    .map(([run]) => run!);
}

/** The newest training that was evaluated under a name of its own, as runs that differ in the state that counts are. */
function evaluatedAs(database: DatabaseSync, run: string): KnownRun[] {
  return database.prepare("SELECT key, run FROM runs WHERE run = ? ORDER BY started_at DESC LIMIT 1")
    .all(run) as unknown as KnownRun[];
}

/**
 * What the index has of runs that {@link findRuns} found: those of the names typed; of an id or a pattern all that the
 * training was evaluated as.
 */
export function shownRuns(
  database: DatabaseSync,
  found: readonly KnownRun[],
  typed: string,
): readonly KnownRun[] {
  const all = database.prepare("SELECT key, run FROM runs WHERE key = ? ORDER BY id"); // its own name first
  return found.flatMap(({ run, key }) => {
    const shown = all.all(key) as unknown as KnownRun[];
    if (run !== withoutStage(typed)) return shown;
    const named = shown.filter((other) => other.run === run);
    // A name under which a result was used again was evaluated as the training's own.
    return named.length > 0 ? named : shown.slice(0, 1);
  });
}

/** Names of tasks begin with their stage. */
function withoutStage(typed: string): string {
  return typed.replace(/^[a-z_]+\//, "");
}

/** @throws {UserError} `usage`: no run, or several, which are listed. @param doing Verb of the command. */
export function findRun(store: Store, database: DatabaseSync, typed: string, doing: string): KnownRun {
  const found = findRuns(store, database, typed);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const named = found.slice(0, MOST_NAMED).map(({ run, key }) => `${run} (${key.slice(0, 8)})`).sort();
    const more = found.length > MOST_NAMED ? ", ..." : "";
    throw new UserError(
      "usage",
      `Cannot ${doing} ${typed}: it means ${found.length} runs, wanted one: ${named.join(", ")}${more}.`,
    );
  }
  throw noSuchRun(store, database, typed, doing);
}

export function noSuchRun(store: Store, database: DatabaseSync, typed: string, doing: string): UserError {
  const names = knownRuns(store, database).map(({ run }) => run);
  if (typed.trim() === "") {
    return new UserError(
      "usage",
      `Cannot ${doing} a run without a name: found an empty word, wanted a run's id or name, as deno task runs shows them.`,
    );
  }
  return new UserError(
    "usage",
    names.length === 0
      ? `Cannot ${doing} ${typed}: no training is in the store ${store.location}. Run deno task kws first.`
      : `Cannot ${doing} ${typed}: found no such run, wanted a run's id or name, as deno task runs shows them.${
        suggestion(typed, names)
      }`,
  );
}

/** The key, of whatever task, that begins so. @throws {UserError} `usage`: several do. */
export function keyOfId(database: DatabaseSync, id: string): TaskKey | undefined {
  if (!ID.test(id)) return undefined;
  const found = database.prepare("SELECT key, task FROM receipts WHERE key GLOB ? LIMIT ?")
    .all(`${id}*`, MOST_NAMED) as { key: TaskKey; task: string }[];
  if (found.length <= 1) return found[0]?.key;
  const named = found.map(({ key, task }) => `${task} (${key.slice(0, 16)})`).join(", ");
  throw new UserError("usage", `Cannot tell which task ${id} is, as several ids begin so: ${named}.`);
}

/** Trainings whose ids begin so, else those that a task with such an id builds on. */
function runsOfId(database: DatabaseSync, word: string): KnownRun[] {
  if (!ID.test(word)) return [];
  const trainings = database.prepare("SELECT key, task FROM receipts WHERE stage = 'train' AND key GLOB ?");
  const readers = database.prepare(
    `SELECT DISTINCT t.key, t.task FROM receipts r
      JOIN inputs i ON i.key = r.key JOIN outputs o ON o.digest = i.digest AND o.name = 'best.safetensors'
      JOIN receipts t ON t.key = o.key AND t.stage = 'train'
      WHERE r.key GLOB ? AND substr(r.task, instr(r.task, '/')) = substr(t.task, instr(t.task, '/'))`,
  );
  const rows = [trainings, readers].map((query) => query.all(`${word}*`) as { key: TaskKey; task: string }[]);
  const found = rows.find((list) => list.length > 0) ?? [];
  return found.map(({ key, task }) => ({ key, run: task.slice(STAGE.length) }));
}
