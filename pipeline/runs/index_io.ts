/**
 * An index over a store's receipts, so that runs can be searched without reading them all: SQLite, `runs.sqlite` in
 * the store. It holds nothing of its own: what it lacks is read from the receipts whenever it is opened, and where it
 * cannot be used it is made again. Any number of processes may use it at once.
 */
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import { kindNames } from "../../lib/base/kinds.ts";
import type { FrontendKind } from "../../lib/frontends/contract.ts";
import { loadFrontend, settingOf } from "../../lib/frontends/front_end.ts";
import { FRONTENDS } from "../../lib/frontends/kinds.ts";
import { parseHistory } from "../../lib/records/history.ts";
import { parseMetrics } from "../../lib/records/metrics.ts";
import { frontendSchema } from "../../lib/records/specs.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { Receipt, TaskKey } from "../engine/types.ts";
import { configFields, type Field, historyFields, metricFields } from "./fields.ts";

/** Raised when what is stored here changes; an index of another version is made again. */
const VERSION = 3;
/** How long a process waits for another one that is writing. */
const PATIENCE_MS = 30_000;

const SCHEMA = `
  CREATE TABLE receipts (key TEXT PRIMARY KEY, task TEXT NOT NULL, stage TEXT NOT NULL, slice TEXT NOT NULL) STRICT;
  CREATE TABLE outputs (key TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (key, name)) STRICT;
  CREATE INDEX output_digests ON outputs (digest);
  CREATE TABLE inputs (key TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (key, name)) STRICT;
  CREATE INDEX input_digests ON inputs (digest);
  CREATE TABLE runs (key TEXT PRIMARY KEY, run TEXT NOT NULL, started_at TEXT NOT NULL) STRICT;
  CREATE TABLE fields (
    run TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, number REAL, text TEXT,
    PRIMARY KEY (run, name)
  ) STRICT;
  CREATE INDEX field_names ON fields (name);
  PRAGMA user_version = ${VERSION};
`;

const TABLES = ["receipts", "outputs", "inputs", "runs", "fields"];

/** By name. */
type Frontends = ReadonlyMap<string, FrontendKind>;

export interface OpenIndex extends Disposable {
  readonly database: DatabaseSync;
  /** What opening it took in and let go. */
  readonly added: number;
  readonly removed: number;
}

/** Opens the index and brings it up to the store's receipts. @param options.rebuild Forgets what it held. */
export async function openIndex(
  store: Store,
  options: { readonly rebuild?: boolean } = {},
): Promise<OpenIndex> {
  const frontends: Frontends = new Map(
    await Promise.all(kindNames(FRONTENDS).map(async (name) => [name, await loadFrontend(name)] as const)),
  );
  const path = store.folder("runs.sqlite");
  if (options.rebuild === true) remove(path);
  let database: DatabaseSync;
  try {
    database = open(path);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    remove(path);
    database = openOrMemory(path);
  }
  return { database, ...update(database, store, frontends), [Symbol.dispose]: () => database.close() };
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: PATIENCE_MS });
  try {
    database.exec(`PRAGMA synchronous = OFF`); // what a power cut takes away is read from the receipts again
    transaction(database, () => {
      const { user_version: version } = database.prepare("PRAGMA user_version").get() as {
        user_version: number;
      };
      if (version === VERSION) return;
      const tables = database.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
      ).all() as { name: string }[];
      for (const { name } of tables) database.exec(`DROP TABLE "${name.replaceAll('"', '""')}"`);
      database.exec(SCHEMA);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A store that may only be read, or where somebody writes for ever, still has its runs shown. */
function openOrMemory(path: string): DatabaseSync {
  try {
    return open(path);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    return open(":memory:");
  }
}

/** SQLite's own sentences, as Deno passes on no number. @see https://www.sqlite.org/c3ref/errcode.html */
const UNUSABLE =
  /file is not a database|database disk image is malformed|unable to open database file|attempt to write a readonly database|database is locked/;

function isUnusable(error: unknown): boolean {
  return error instanceof Error && UNUSABLE.test(error.message);
}

/** What cannot be removed stays: a folder in the file's place, or somebody else's store. */
function remove(path: string): void {
  for (const name of [path, `${path}-journal`]) {
    try {
      Deno.removeSync(name);
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (!["ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTEMPTY", "EROFS"].includes(code ?? "")) throw error;
    }
  }
}

function transaction<T>(database: DatabaseSync, action: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = action();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function update(
  database: DatabaseSync,
  store: Store,
  frontends: Frontends,
): { readonly added: number; readonly removed: number } {
  return transaction(database, () => {
    const known = new Set(
      (database.prepare("SELECT key FROM receipts").all() as { key: string }[]).map(({ key }) => key),
    );
    const present = [...store.local.keys()];
    const gone = known.size - present.filter((key) => known.has(key)).length;
    // A run's fields come from several receipts; which of them went does not matter when all are read again.
    if (gone > 0) {
      for (const table of TABLES) database.exec(`DELETE FROM ${table}`);
      known.clear();
    }
    const fresh = present.filter((key) => !known.has(key));
    const receipts = fresh.flatMap((key) => soundReceipt(store, key) ?? []);
    for (const receipt of receipts) insertReceipt(database, receipt);
    // In this order, as a run's figures are added to the run.
    for (const receipt of receipts) {
      if (stageOf(receipt) === "train") insertRun(database, store, receipt, frontends);
    }
    for (const receipt of receipts) if (stageOf(receipt) === "evaluate") addFigures(database, store, receipt);
    return { added: receipts.length, removed: gone };
  });
}

function soundReceipt(store: Store, key: TaskKey): Receipt | undefined {
  const reading = store.local.reading(key);
  return reading.kind === "found" ? reading.receipt : undefined;
}

function stageOf({ task }: Receipt): string {
  return task.split("/")[0]!;
}

function insertReceipt(database: DatabaseSync, receipt: Receipt): void {
  const { key, task, fingerprint } = receipt;
  database.prepare("INSERT INTO receipts VALUES (?, ?, ?, ?)")
    .run(key, task, stageOf(receipt), JSON.stringify(fingerprint.slice));
  const output = database.prepare("INSERT INTO outputs VALUES (?, ?, ?)");
  for (const [name, { digest }] of Object.entries(receipt.outputs)) output.run(key, name, digest);
  const input = database.prepare("INSERT INTO inputs VALUES (?, ?, ?)");
  for (const [name, digest] of Object.entries(fingerprint.inputs)) input.run(key, name, digest);
}

/** A training that an earlier version was told of in other words is left out. */
function insertRun(database: DatabaseSync, store: Store, receipt: Receipt, frontends: Frontends): void {
  const { key, task, startedAt, seconds, host, deno, fingerprint } = receipt;
  const told = trainingSchema.safeParse(fingerprint.slice);
  if (!told.success) return;
  const { kind: name, trained } = told.data.frontend;
  const kind = frontends.get(name);
  const run = task.slice("train/".length);
  database.prepare("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)").run(key, run, startedAt);
  const about: [string, string | number | null][] = [
    ["run", run],
    ["id", key.slice(0, 8)],
    ["setting", kind === undefined ? null : settingOf(kind, trained)],
    ["started_at", startedAt],
    ["train_seconds", seconds],
    ["host", host],
    ["deno", deno],
  ];
  const history = readRecord(store, receipt, "history.json", parseHistory);
  insertFields(database, key, [
    ...about.flatMap(([name, value]): Field[] => value === null ? [] : [{ kind: "about", name, value }]),
    ...configFields(fingerprint.slice),
    ...recordingsOf(database, fingerprint.inputs),
    ...(history === null ? [] : historyFields(history)),
  ]);
  // Receipts are listed while others come in, so an evaluation may have been taken in before its training.
  const earlier = database.prepare(
    "SELECT key FROM inputs JOIN receipts USING (key) WHERE name = 'best' AND digest = ? AND stage = 'evaluate'",
  ).all(receipt.outputs["best.safetensors"]?.digest ?? "") as { key: TaskKey }[];
  for (const evaluation of earlier) {
    const found = soundReceipt(store, evaluation.key);
    if (found !== undefined) addFigures(database, store, found);
  }
}

/** What trainings are told, as far as it is looked into. */
const trainingSchema = z.object({ frontend: frontendSchema });

/** What data sets' stages are told: the kind's own values stand as in the configuration. */
const dataSchema = z.object({ settings: z.record(z.string(), z.json()) });

/** What the features were made from: the index of examples, and how its recordings came about. */
function recordingsOf(database: DatabaseSync, inputs: Readonly<Record<string, string>>): Field[] {
  const maker = database.prepare(
    "SELECT r.key, r.task, r.slice FROM outputs o JOIN receipts r USING (key) WHERE o.digest = ? AND r.stage = ?",
  );
  const inputsOf = database.prepare("SELECT name, digest FROM inputs WHERE key = ?");
  const madeBy = (digest: string | undefined, stage: string) =>
    digest === undefined ? undefined : maker.get(digest, stage) as
      | { readonly key: string; readonly task: string; readonly slice: string }
      | undefined;
  const readBy = (key: string) => inputsOf.all(key) as { name: string; digest: string }[];
  const features = madeBy(inputs["train"], "features");
  const read = features === undefined ? [] : readBy(features.key);
  const index = madeBy(read.find(({ name }) => name === "index")?.digest, "index");
  if (index === undefined) return [];
  const makers = readBy(index.key).flatMap(({ digest }) => madeBy(digest, "synthesize") ?? []);
  return [
    { kind: "config", name: "dataset", value: index.task.slice("index/".length).replace(/-train$/, "") },
    ...[...makers, index].flatMap(({ slice }) => {
      const told = dataSchema.safeParse(JSON.parse(slice));
      return told.success ? configFields(told.data.settings, "dataset") : [];
    }),
  ];
}

/** Adds an evaluation's figures to the runs whose checkpoint it read. */
function addFigures(database: DatabaseSync, store: Store, receipt: Receipt): void {
  const best = receipt.fingerprint.inputs["best"];
  if (best === undefined) return;
  const runs = database.prepare(
    "SELECT key FROM outputs JOIN runs USING (key) WHERE digest = ? AND run = ?",
  ).all(best, receipt.task.slice("evaluate/".length)) as { key: string }[];
  const metrics = readRecord(store, receipt, "metrics.json", parseMetrics);
  if (metrics === null) return;
  for (const { key } of runs) insertFields(database, key, metricFields(metrics));
}

function insertFields(database: DatabaseSync, run: string, fields: readonly Field[]): void {
  const insert = database.prepare("INSERT OR REPLACE INTO fields VALUES (?, ?, ?, ?, ?)");
  for (const { kind, name, value } of fields) {
    insert.run(
      run,
      name,
      kind,
      typeof value === "number" ? value : null,
      typeof value === "string" ? value : null,
    );
  }
}

/** An output; nothing if it is gone, damaged or of another version, as other commands say so. */
function readRecord<T>(
  store: Store,
  { outputs }: Receipt,
  name: string,
  parse: (text: string, file: string) => T,
): T | null {
  const output = outputs[name];
  if (output === undefined) return null;
  const path = store.objectPath(output, name);
  try {
    return parse(Deno.readTextFileSync(path), path);
  } catch (error) {
    if (error instanceof UserError || error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
