/** From values of a space to checked configurations. Pure: files are read through {@link ConfReader}. */
import { UserError } from "../../lib/base/errors.ts";
import { type Domain, valueAt, type Values } from "../../lib/search/space.ts";
import type { ConfReader } from "../config/compose.ts";
import { type Override, wordOf } from "../config/override.ts";
import { expandSweep, type Point } from "../config/sweep.ts";
import { overridesOf, type SearchWords } from "./words.ts";

export interface PointOptions extends SearchWords {
  readonly conf: ConfReader;
  readonly task: string;
}

/** Some values of a space that go together, and their configuration. */
export interface Example {
  readonly values: Values;
  readonly point: Point;
}

/** Of lists as long as a person types, all values are looked at. */
const MOST_PROBES = 200;
/** Of a range: its ends, and a place between them that is no simple share of it, and so of reals no whole number. */
const PLACES = [0, 1, 0.382];

/**
 * @param epochs Of the longest training, as all have to have it; absent: any.
 * @param more What is no part of the space.
 * @throws {UserError} "bad-config": this cannot be trained.
 */
export async function pointOf(
  { conf, task, space, fixed, typed }: PointOptions,
  values: Values,
  epochs?: number,
  more: readonly Override[] = [],
): Promise<Point> {
  const overrides = [...fixed, ...overridesOf(space, values, typed), ...more];
  const { points: [point] } = await expandSweep(conf, task, overrides);
  const found = point!.config.trainer.epochs;
  if (epochs !== undefined && found !== epochs) {
    throw new UserError(
      "bad-config",
      `Cannot compare trainings of ${found} epochs with those of ${epochs}: wanted one length. Add ` +
        `trainer.epochs=${epochs}.`,
    );
  }
  return { ...point!, axes: Object.fromEntries(space.map(({ key }, i) => [key, values[i]!])) };
}

/**
 * Looks at each value of a list and at both ends of each range before anything is trained. What goes only with some values
 * of others may stay: a search passes over combinations that cannot be.
 *
 * @returns Any of the configurations: what all have in common is read from it.
 * @throws {UserError} "bad-config": a value goes with none of those of others that were tried, as one of the wrong type.
 */
export async function checkSpace(options: PointOptions): Promise<Example> {
  const probes = options.space.map(({ domain }) => probesOf(domain));
  const rounds = Math.max(...probes.map(({ length }) => length));
  const rows = Array.from({ length: rounds }, (_, i) => probes.map((list) => list[i % list.length]!));
  const example = await firstPossible(options, rows);
  const { epochs } = example.point.config.trainer;
  for (const [i, { key, domain }] of options.space.entries()) {
    for (const value of probes[i]!) {
      // Where all others are as in the example, most are found possible at once.
      const tried = [example.values, ...rows].map((row) => row.with(i, value));
      await firstPossible(options, tried, epochs).catch(async (error) => {
        if (!(error instanceof UserError)) throw error;
        const isWhole = await areWhole(options, domain, tried[0]!, i);
        const hint = isWhole ? " Whole numbers are drawn by int(LOW,HIGH)." : "";
        const fault = error.faults[0]!;
        const word = options.typed.get(key)!;
        const own = fault.includes(word)
          ? fault
          : `${word}: ${
            wordOf(key, value).slice(key.length + 1)
          } goes with no value of the others, as ${fault}`;
        throw new UserError(error.reason, own + hint);
      });
    }
  }
  return example;
}

/** @throws {UserError} "bad-config": the first one's fault, if each has one. */
async function firstPossible(
  options: PointOptions,
  rows: readonly Values[],
  epochs?: number,
): Promise<Example> {
  let first: UserError | undefined;
  for (const values of rows) {
    try {
      return { values, point: await pointOf(options, values, epochs) };
    } catch (error) {
      if (!(error instanceof UserError) || error.reason !== "bad-config") throw error;
      first ??= error;
    }
  }
  throw first!;
}

/** Whether a real is drawn where the nearest whole number would do. */
async function areWhole(options: PointOptions, domain: Domain, row: Values, at: number): Promise<boolean> {
  const value = row[at]!;
  if (domain.kind === "choice" || domain.kind === "int" || Number.isInteger(value)) return false;
  return await pointOf(options, row.with(at, Math.round(Number(value)))).then(() => true, () => false);
}

function probesOf(domain: Domain): Values {
  if (domain.kind !== "choice") return [...new Set(PLACES.map((place) => valueAt(domain, place)))];
  const { length } = domain.values;
  const step = Math.max(1, length / MOST_PROBES);
  return Array.from(
    { length: Math.min(length, MOST_PROBES) },
    (_, i) => domain.values[Math.floor(i * step)]!,
  );
}
