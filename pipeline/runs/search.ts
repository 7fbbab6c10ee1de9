/** Runs out of the index: those that meet all conditions, in order. Pure but for the database it is given. */
import type { DatabaseSync } from "node:sqlite";
import type { FieldKind } from "./fields.ts";
import { type Condition, conditionSql, noNumber, resolveName, wantsNumber } from "./query.ts";

export interface FoundRun {
  readonly key: string;
  readonly run: string;
  readonly fields: ReadonlyMap<string, { readonly kind: FieldKind; readonly value: string | number }>;
}

export interface Search {
  readonly conditions: readonly Condition[];
  /** A field: numbers come from the largest, words from A. The newest run first where there is none. */
  readonly sort?: string | undefined;
  readonly reverse?: boolean;
  readonly limit?: number | undefined;
  /** Only these. */
  readonly runs?: readonly Pick<FoundRun, "key" | "run">[];
}

/** @throws {UserError} "usage": a name that no run has, or a word in the place of a number. */
export function searchRuns(database: DatabaseSync, search: Search): FoundRun[] {
  const names = fieldNames(database);
  const tests: { readonly sql: string; readonly values: readonly (string | number)[] }[] = search.conditions
    .map((condition) => {
      const name = resolveName(condition.name, names);
      if (wantsNumber(condition) && isNumeric(database, name)) throw noNumber(condition);
      return conditionSql(condition, name);
    });
  if (search.runs !== undefined) {
    const pairs = search.runs.map(({ key, run }) => [key, run]);
    tests.push({
      sql: "(r.key, r.run) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
      values: [JSON.stringify(pairs)],
    });
  }
  const where = tests.length === 0 ? "" : `WHERE ${tests.map(({ sql }) => sql).join(" AND ")}`;
  const [down, up] = search.reverse === true ? ["ASC", "DESC"] : ["DESC", "ASC"];
  const sorted = search.sort === undefined ? undefined : resolveName(search.sort, names);
  const order = sorted === undefined
    ? `r.started_at ${down}, r.run`
    : `s.name IS NULL, s.number ${down}, s.text ${up}, r.run`;
  const join = sorted === undefined ? "" : "LEFT JOIN fields s ON s.run = r.id AND s.name = ?";
  const rows = database.prepare(
    `SELECT r.id, r.key, r.run FROM runs r ${join} ${where} ORDER BY ${order} LIMIT ?`,
  )
    .all(
      ...(sorted === undefined ? [] : [sorted]),
      ...tests.flatMap(({ values }) => values),
      search.limit ?? -1,
    ) as { id: number; key: string; run: string }[];
  const fields = database.prepare(
    "SELECT name, kind, number, text FROM fields WHERE run = ? ORDER BY kind, name",
  );
  return rows.map(({ id, key, run }) => ({
    key,
    run,
    fields: new Map(
      (fields.all(id) as { name: string; kind: FieldKind; number: number | null; text: string | null }[])
        .map(({ name, kind, number, text }) => [name, { kind, value: number ?? text! }]),
    ),
  }));
}

/** Whether what runs have under a name are numbers: words are in an order too, as times are. */
function isNumeric(database: DatabaseSync, name: string): boolean {
  const { numbers, texts } = database.prepare(
    "SELECT count(number) AS numbers, count(text) AS texts FROM fields WHERE name = ?",
  ).get(name) as { numbers: number; texts: number };
  return numbers > 0 && texts === 0;
}

/** Sorted names of all fields of all runs. */
export function fieldNames(database: DatabaseSync): string[] {
  return (database.prepare("SELECT DISTINCT name FROM fields ORDER BY name").all() as { name: string }[])
    .map(({ name }) => name);
}
