/** Expands overrides with several values into the cartesian product of runs, each composed and checked. */
import type { Json } from "../../lib/base/json.ts";
import { UserError } from "../../lib/base/errors.ts";
import { type Checked, ConfigChecker } from "./check.ts";
import { type Assignment, type Composed, composer, type ConfReader, expandAlias } from "./compose.ts";
import type { Override } from "./override.ts";

/** One run of a sweep. */
export interface Point extends Checked {
  /** What makes this run different from the others: dotted key -> value, in the order of the axes. */
  readonly axes: Readonly<Record<string, Json>>;
  readonly composed: Composed;
}

export interface Sweep {
  /** Dotted keys with more than one value, in the order given. */
  readonly axes: readonly string[];
  readonly points: readonly Point[];
}

const MOST_POINTS = 20_000;

/**
 * Every combination is composed and checked before any of its work starts.
 *
 * @param axesByDefault Apply unless an override names the same key.
 * @param beside Runs of their own, each by all that it sets.
 * @throws {UserError} "bad-config": a bad value (the first is reported), or too many combinations.
 */
export async function expandSweep(
  reader: ConfReader,
  mainName: string,
  overrides: readonly Override[],
  axesByDefault: readonly Override[] = [],
  beside: readonly (readonly Override[])[] = [],
): Promise<Sweep> {
  const given = overrides.map((o) => ({ ...o, path: expandAlias(o.path) }));
  const key = (o: Override) => o.path.join(".");
  const named = new Set(given.map(key));
  // A list of trained parts takes the setting's place: to compare settings would be to run the same again.
  const lists = given.filter((o) => key(o) === "frontend.trained");
  if (lists.some(({ values }) => !values.includes(null))) named.add("setting");
  const unnamed = axesByDefault.filter((o) => !named.has(key(o)));
  refuseBoth(given, unnamed.find((o) => key(o) === "frontend.trained"));
  const all = lastOfEachKey([...unnamed, ...given]);
  const count = all.reduce((product, o) => product * o.values.length, 1);
  if (count > MOST_POINTS) {
    throw new UserError(
      "bad-config",
      `Cannot sweep over ${count} combinations: at most ${MOST_POINTS} in one command.`,
    );
  }
  const axes = all.filter((o) => o.values.length > 1).map(key);
  const composeOne = composer(reader, mainName);
  const checker = new ConfigChecker(reader.folders);
  const points: Point[] = [];
  for (const assignments of [all, ...beside].flatMap(product)) {
    const composed = composeOne(assignments);
    const own = assignments.filter((a) => axes.includes(a.path.join("."))).map((a) =>
      [a.path.join("."), a.value] as const
    );
    points.push({ axes: Object.fromEntries(own), ...await checker.check(composed), composed });
  }
  return { axes, points };
}

/** @throws {UserError} "bad-config": a setting is typed, but a sweep's file has a list in its place. */
function refuseBoth(given: readonly Override[], list: Override | undefined): void {
  const setting = given.findLast(({ path }) => path.join(".") === "setting");
  if (setting === undefined || list === undefined || list.values.includes(null)) return;
  throw new UserError(
    "bad-config",
    `Cannot use ${setting.text} beside ${
      list.place ?? list.text
    }, whose frontend.trained says what is trained in the setting's ` +
      `place; wanted one of the two. Leave setting out, or type frontend.trained=null.`,
  );
}

/** As in Hydra, the last of two overrides of one key counts; the first one's place decides the order of axes. */
function lastOfEachKey(overrides: readonly Override[]): Override[] {
  const byKey = new Map<string, Override>();
  for (const o of overrides) byKey.set(o.path.join("."), o);
  return [...byKey.values()];
}

function product(overrides: readonly Override[]): Assignment[][] {
  let rows: Assignment[][] = [[]];
  for (const { path, values, text, place } of overrides) {
    const shown = (value: Json) => {
      const one = values.length === 1
        ? text
        : `${path.join(".")}=${typeof value === "string" ? value : JSON.stringify(value)}`;
      return place === undefined ? one : `${place} (${one})`;
    };
    const unique = [...new Map(values.map((v) => [JSON.stringify(v), v])).values()];
    rows = rows.flatMap((row) =>
      unique.map((value) => [...row, { path, value, text: shown(value), typed: place === undefined }])
    );
  }
  return rows;
}
