/** What is said of a run's output that was changed or removed in the store. Pure but for the database it is given. */
import type { DatabaseSync } from "node:sqlite";
import { UserError } from "../../lib/base/errors.ts";
import type { TaskKey } from "../engine/types.ts";

/** @param run As the command calls it. @param what The output, in words. @param remedy As {@link remedyOf} gives it. */
export function damageError(
  doing: string,
  run: string,
  what: string,
  { problem, remedy }: { readonly problem: string; readonly remedy: string },
): UserError {
  return new UserError(
    "store-damaged",
    `Cannot ${doing} ${run}: ${what} was changed or removed in the store (${problem}) and no longer counts. ${remedy}`,
  );
}

/** A sentence: which command makes a task's outputs anew. @param database Of the store's index. */
export function remedyOf(database: DatabaseSync, key: TaskKey): string {
  return `${commandOf(database, key) ?? "The command that trained it"} makes it anew.`;
}

/** The one whose table was made of them; of several the last that the index heard of. */
function commandOf(database: DatabaseSync, key: TaskKey): string | undefined {
  const tables = database.prepare(
    `SELECT r.slice FROM outputs o JOIN inputs i ON i.digest = o.digest
      JOIN receipts r ON r.key = i.key AND r.stage = 'aggregate'
      WHERE o.key = ? ORDER BY r.rowid DESC`,
  ).all(key) as { slice: string }[];
  return tables.map(({ slice }) => JSON.parse(slice)?.command).find((command) => typeof command === "string");
}
