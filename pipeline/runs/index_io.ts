/**
 * An index over a store's receipts, so that runs can be searched without reading them all: SQLite, `runs.sqlite` in
 * the store. It holds nothing of its own: what it lacks is read from the store whenever it is opened, as is what changed
 * there, and where it cannot be used it is made again. Any number of processes may use it at once.
 */
import { DatabaseSync } from "node:sqlite";
import { type KindList, kindNames, loadKind } from "../../lib/base/kinds.ts";
import { COMPRESSIONS } from "../../lib/frontends/compressions/kinds.ts";
import { FRONTENDS } from "../../lib/frontends/kinds.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { TaskKey } from "../engine/types.ts";
import { type Entries, followReceipts } from "./entries_io.ts";

/** Raised when what is stored here changes; an index of another version is made again. */
const VERSION = 7;
/** How long a process waits for another one that is writing. */
const PATIENCE_MS = 30_000;

const SCHEMA = `
  CREATE TABLE receipts (
    key TEXT PRIMARY KEY, stamp TEXT NOT NULL, task TEXT NOT NULL, stage TEXT NOT NULL, slice TEXT NOT NULL
  ) STRICT;
  CREATE TABLE outputs (key TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (key, name)) STRICT;
  CREATE INDEX output_digests ON outputs (digest);
  CREATE TABLE inputs (key TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (key, name)) STRICT;
  CREATE INDEX input_digests ON inputs (digest);
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, run TEXT NOT NULL, started_at TEXT NOT NULL, UNIQUE (key, run)
  ) STRICT;
  CREATE TABLE fields (
    run INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, number REAL, text TEXT,
    PRIMARY KEY (run, name)
  ) STRICT;
  CREATE INDEX field_names ON fields (name);
  CREATE TABLE records (
    key TEXT NOT NULL, name TEXT NOT NULL, stamp TEXT NOT NULL, PRIMARY KEY (key, name)
  ) STRICT;
  PRAGMA user_version = ${VERSION};
`;

const TABLES = ["receipts", "outputs", "inputs", "runs", "fields", "records"];

export interface OpenIndex extends Disposable {
  readonly database: DatabaseSync;
  /** What opening it took in and let go. */
  readonly added: number;
  readonly removed: number;
}

/** Every kind of a family, by name. */
async function allOf<Kind>(list: KindList<Kind>): Promise<ReadonlyMap<string, Kind>> {
  const named = kindNames(list).map(async (name) => [name, await loadKind(list, name, "kind")] as const);
  return new Map(await Promise.all(named));
}

/** Opens the index and brings it up to the store's receipts. @param options.rebuild Forgets what it held. */
export async function openIndex(
  store: Store,
  options: { readonly rebuild?: boolean } = {},
): Promise<OpenIndex> {
  const [frontends, compressions] = await Promise.all([allOf(FRONTENDS), allOf(COMPRESSIONS)]);
  const path = store.folder("runs.sqlite");
  if (options.rebuild === true) remove(path);
  let database: DatabaseSync;
  try {
    database = await open(path);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    remove(path);
    database = await openOrMemory(path);
  }
  try {
    const changes = await update({ database, store, frontends, compressions });
    return { database, ...changes, [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function open(path: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(path, { timeout: PATIENCE_MS });
  try {
    database.exec(`PRAGMA synchronous = OFF`); // what a power cut takes away is read from the receipts again
    await transaction(database, () => {
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
async function openOrMemory(path: string): Promise<DatabaseSync> {
  try {
    return await open(path);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    return await open(":memory:");
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

async function transaction<T>(database: DatabaseSync, action: () => T | Promise<T>): Promise<T> {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = await action();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function update(entries: Entries): Promise<{ readonly added: number; readonly removed: number }> {
  const { database, store } = entries;
  return transaction(database, async () => {
    const known = new Map(
      (database.prepare("SELECT key, stamp FROM receipts").all() as { key: string; stamp: string }[])
        .map(({ key, stamp }) => [key, stamp]),
    );
    const present: (readonly [TaskKey, string])[] = [...store.local.keys()].map((key) =>
      [key, store.local.receiptStamp(key)] as const
    );
    const kept = present.filter(([key, stamp]) => known.get(key) === stamp).length;
    const gone = known.size - kept;
    // A run's fields come from several receipts; which of them went does not matter when all are read again.
    if (gone > 0) {
      for (const table of TABLES) database.exec(`DELETE FROM ${table}`);
      known.clear();
    }
    const added = await followReceipts(entries, present.filter(([key]) => !known.has(key)));
    return { added, removed: gone };
  });
}
