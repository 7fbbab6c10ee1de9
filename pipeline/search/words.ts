/** What a search is over, as typed: `optim.lr=log(1e-4,1)`, `trainer.batch_size=50,100,200`. Pure. */
import { UserError } from "../../lib/base/errors.ts";
import type { Dimension, Domain, Space, Values } from "../../lib/search/space.ts";
import { expandAlias } from "../config/compose.ts";
import { type Override, parseOverride, valueWord, wordOf } from "../config/override.ts";

export interface SearchWords {
  readonly space: Space;
  /** Of one value each: what all trials have. */
  readonly fixed: readonly Override[];
  /** Key of a dimension -> the word that it was typed as, for messages. */
  readonly typed: ReadonlyMap<string, string>;
}

/** How long the longest trainings are: one value for all. */
const EPOCHS = "trainer.epochs";
/** How far a trial is trained is the search's to say. */
const OF_THE_SEARCH = ["trainer.until_epoch"];

/** What is typed -> what it is. */
const KINDS = { log: "logarithmic", uniform: "uniform", int: "int" } as const;
type Word = keyof typeof KINDS;

const DOMAIN = /^\s*(log|uniform|int)\((.*)\)\s*$/s;
const OPENED = /^\s*(log|uniform|int|range)\(/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @throws {UserError} "bad-config": a word that cannot be read. "usage": there is nothing to search over. */
export function readSearch(words: readonly string[]): SearchWords {
  const byKey = new Map<string, Dimension | Override>();
  const typed = new Map<string, string>();
  for (const word of words) {
    const read = readWord(word);
    typed.set(keyOf(read), word);
    byKey.set(keyOf(read), read); // as in a sweep, the last of two counts
  }
  const all = [...byKey.values()];
  const space = all.filter((one) => "domain" in one);
  const length = [EPOCHS, "trainer.minutes"].find((key) => space.some((dimension) => dimension.key === key));
  if (length !== undefined) {
    throw new UserError(
      "bad-config",
      `Cannot search over ${length}: trials are compared after the same epochs. Give ${EPOCHS} one value, the length of ` +
        `the longest trainings, and vary others.`,
    );
  }
  const taken = OF_THE_SEARCH.find((key) => byKey.has(key));
  if (taken !== undefined) {
    throw new UserError(
      "bad-config",
      `Cannot search with ${taken}: the search itself says after how many epochs a trial is compared. Leave it out; ` +
        `--least-epochs and --reduction say which these are.`,
    );
  }
  if (space.length > 0) return { space, fixed: all.filter((one) => "values" in one), typed };
  throw new UserError(
    "usage",
    `Cannot search: no value may vary. Wanted some as 'optim.lr=log(1e-4,1)', 'x=uniform(0,1)', 'x=int(2,8)', x=a,b,c or ` +
      `'x=range(0,4)'.`,
  );
}

/**
 * A configuration as overrides of one value each.
 *
 * @param typed What errors are to name instead, since nobody typed a value that was drawn: {@link SearchWords.typed}.
 */
export function overridesOf(space: Space, values: Values, typed?: SearchWords["typed"]): Override[] {
  return space.map(({ key }, i) => ({
    path: key.split("."),
    values: [values[i]!],
    text: typed?.get(key) ?? wordOf(key, values[i]!),
  }));
}

/** `log(0.0001,1)`, `50,100,200` */
export function domainText(domain: Domain): string {
  return domain.kind === "choice"
    ? domain.values.map(valueWord).join(",")
    : `${
      Object.keys(KINDS).find((word) => KINDS[word as Word] === domain.kind)
    }(${domain.low},${domain.high})`;
}

function keyOf(read: Dimension | Override): string {
  return "domain" in read ? read.key : read.path.join(".");
}

function readWord(word: string): Dimension | Override {
  const [typed = "", value = ""] = word.split(/=(.*)/s, 2);
  const found = DOMAIN.exec(value);
  if (found === null) {
    const opened = OPENED.exec(value)?.[1] as Word | "range" | undefined;
    if (opened !== undefined) refuseOpen(word, value, opened);
    const override = parseOverride(word);
    const path = expandAlias(override.path);
    const values = [...new Map(override.values.map((one) => [JSON.stringify(one), one])).values()];
    return values.length === 1
      ? { ...override, path, values }
      : { key: path.join("."), domain: { kind: "choice", values } };
  }
  const [typedKind, inner] = [found[1] as Word, found[2]!];
  const kind = KINDS[typedKind];
  // The key is checked as any other's.
  const key = expandAlias(parseOverride(`${typed}=0`).path).join(".");
  const parts = inner.split(",").map((part) => part.trim());
  const [low, high] = parts.map(Number) as [number, number];
  const isOfNumbers = parts.length === 2 && parts.every((part) => NUMBER.test(part)) && low < high;
  const isPossible = {
    logarithmic: low > 0,
    uniform: true,
    int: Number.isInteger(low) && Number.isInteger(high),
  };
  if (isOfNumbers && isPossible[kind]) return { key, domain: { kind, low, high } };
  throw new UserError("bad-config", `Cannot read ${word}: wanted ${WANTED[typedKind]}.`);
}

/** What is open would be taken apart at its comma, as a list. @throws {UserError} "bad-config". */
function refuseOpen(word: string, value: string, opened: Word | "range"): void {
  const isClosed = value.split("(").length === value.split(")").length;
  if (isClosed && opened === "range") return; // read as that of a sweep
  const trouble = isClosed
    ? `something stands behind ${opened}(...)`
    : `the ( behind ${opened} is never closed`;
  throw new UserError("bad-config", `Cannot read ${word}: ${trouble}; wanted ${WANTED[opened]}.`);
}

const WANTED: Readonly<Record<Word | "range", string>> = {
  log: "log(LOW,HIGH) with 0 < LOW < HIGH, as in log(1e-4,1)",
  uniform: "uniform(LOW,HIGH) with LOW < HIGH, as in uniform(0,0.5)",
  int: "int(LOW,HIGH) of whole numbers with LOW < HIGH, as in int(2,8)",
  range: "range(START,STOP) of whole numbers, as in range(0,4)",
};
