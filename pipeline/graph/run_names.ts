/**
 * What runs are called, and what tables say of them. A run is called after its configuration alone, so that every
 * command calls it the same: the usual parts first, then whatever is not as the files of `conf` have it. Pure.
 */
import { sha256, sha256Json } from "../../lib/base/digest.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { corruptionOf } from "../../lib/data/corruption/schema.ts";
import { trainedName } from "../../lib/frontends/parts.ts";
import { SPLITS } from "../../lib/records/example_index.ts";
import type { RunDescription } from "../../lib/records/results.ts";
import { type Checked, frontendContext } from "../config/check.ts";
import type { Point, Sweep } from "../config/sweep.ts";
import { DEFAULT_TASK } from "../config/tasks.ts";

/** Groups and keys that every run's name tells, beside those that kinds tell of themselves. */
const [NAMED_GROUPS, NAMED_KEYS] = [
  ["frontend", "model"],
  ["setting", "frontend.trained", "frontend.n_mels", "seed"],
];

/** More characters than this are told by a digest. */
const MOST_CHARACTERS = 60;

/** A run with what it is called if everything about it is usual. */
export interface NamedRun {
  readonly description: RunDescription;
  readonly usual: string;
}

export function nameRun(point: Point, sweep: Sweep): NamedRun {
  const { config, kinds, composed: { choices } } = point;
  const { task, seed } = config;
  const setting = trainedName(kinds, frontendContext(config, kinds).trained);
  const [model, frontend] = [choices.get("model")!.name, choices.get("frontend")!.name];
  const bands = kinds.frontend.bands(config.frontend);
  const variant = kinds.frontend.variant(config.frontend);
  const data = dataVariant(point);
  const told = [
    ...NAMED_KEYS,
    ...Object.keys(variant.values),
    ...Object.keys(data),
    ...(decidesTests(point, sweep) ? [CORRUPT] : []),
    ...(sweep.axes.some((axis) => isBelow(axis, STREAM)) ? [] : [STREAM]),
  ];
  const others = sweep.axes.filter((axis) => !NAMED_GROUPS.includes(axis) && !told.includes(axis));
  const other = Object.fromEntries(others.map((axis) => [axis, point.axes[axis]!]));
  const usual = [
    ...(task === DEFAULT_TASK ? [] : [task]),
    ...(kinds.dataset.builtIn ? [] : [datasetName(point)]),
    ...Object.values(data).filter((word) => word !== null),
    fileSafe(model),
    fileSafe(frontend),
    ...variant.words,
    config.setting ?? `trained=${setting}`,
    `mel${bands}`,
    `seed${seed}`,
  ].join("-");
  const description = {
    run: usual + changesText(changesOf(point, told), sweep.axes),
    setting,
    frontend,
    model,
    bands,
    seed,
    other: { ...other, ...unusual(variant.values), ...unusual(data) },
  };
  return { description, usual };
}

/** Conditions under which a run is tested besides make no other run of it, unless runs differ in them. */
function decidesTests({ config }: Point, { axes }: Sweep): boolean {
  return !axes.some((axis) => isBelow(axis, CORRUPT)) &&
    SPLITS.every((split) => split === "test" || corruptionOf(config.dataset, split) === null);
}

const CORRUPT = "dataset.corrupt";
/** Nor does what a run listens to once it is trained. */
const STREAM = "stream";

function isBelow(key: string, group: string): boolean {
  return `${key}.`.startsWith(`${group}.`);
}

/**
 * What of a run is not usual: key -> the key, shortened, with its value.
 * @param told Keys that its name tells in other words.
 */
function changesOf(point: Point, told: readonly string[]): Map<string, string> {
  const { config, kinds, composed: { values, origins, choices, changes } } = point;
  const changed = new Map<string, string>();
  for (const [group, { name, usual }] of choices) {
    const isNamed = NAMED_GROUPS.includes(group) ||
      group === "dataset" && !kinds.dataset.builtIn && name === config.dataset.kind;
    if (!usual && !isNamed && !told.includes(group)) changed.set(group, fileSafe(name));
  }
  const [roots, paths] = [userPaths(point), pathsIn(point)];
  for (const [key, value] of changes) {
    if (told.some((other) => isBelow(key, other))) continue;
    const path = paths.get(key);
    if (path !== undefined && key !== "init_from" && roots.includes(path)) continue;
    changed.set(key, path === undefined ? fileSafe(value) : pathText(path));
  }
  const groups = Object.keys(values);
  const place = (key: string) => groups.indexOf(key.split(".")[0]!);
  // What no name tells needs no other words for the rest.
  const isUntold = (key: string) => told.includes(STREAM) && isBelow(key, STREAM);
  const keys = [...new Set([...origins.keys(), ...changed.keys()])].filter((key) => !isUntold(key));
  return new Map(
    [...changed].sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
      .map(([key, text]) => [key, `${shortened(key, keys)}=${text}`]),
  );
}

/** @param axes Of the sweep: they are told in any case. */
function changesText(changes: ReadonlyMap<string, string>, axes: readonly string[]): string {
  const joined = (words: Iterable<string>) => [...words].map((word) => `-${word}`).join("");
  const all = joined(changes.values());
  if (all.length <= MOST_CHARACTERS) return all;
  const isAxis = ([key]: readonly [string, string]) => axes.includes(key);
  const [varied, others] = [[...changes].filter(isAxis), [...changes].filter((change) => !isAxis(change))];
  const rest = others.length === 0 ? [] : [`other=${sha256Json(Object.fromEntries(others)).slice(0, 8)}`];
  return joined([...varied.map(([, word]) => word), ...rest]);
}

/** The last parts of a dotted key, as many as tell it from all others. */
function shortened(key: string, keys: readonly string[]): string {
  const parts = key.split(".");
  for (let first = parts.length - 1; first > 0; first--) {
    const short = parts.slice(first).join(".");
    if (!keys.some((other) => other !== key && `.${other}`.endsWith(`.${short}`))) return short;
  }
  return key;
}

/** Of the data set, by dotted key. */
function dataVariant({ kinds, config: { dataset } }: Checked) {
  const entries = Object.entries(kinds.dataset.variant(dataset));
  return Object.fromEntries(entries.map(([key, value]) => [`dataset.${key}`, value]));
}

/** Absolute paths of the user's files and folders, by dotted key. */
function pathsIn({ kinds, config: { dataset, init_from } }: Checked): Map<string, string> {
  const named = kinds.dataset.paths.map((name) => [`dataset.${name}`, dataset[name]] as const);
  return new Map(
    [...named, ["init_from", init_from] as const].flatMap(([key, path]) =>
      typeof path === "string" ? [[key, path]] : []
    ),
  );
}

/** Folders of the user that a data set is read from. */
function userPaths({ kinds, config: { dataset } }: Checked): string[] {
  const origins = SPLITS.flatMap((split) => Object.values(kinds.dataset.recordings(dataset, split)));
  return [...new Set(origins.flatMap((origin) => origin.from === "user" ? [origin.path] : []))];
}

/** What people call a data set; of two folders of one name, which it is. */
function datasetName(checked: Checked): string {
  const name = checked.kinds.dataset.name(checked.config.dataset);
  const paths = userPaths(checked);
  return paths.length === 0 ? name : `${name}-${sha256(paths.join("\n")).slice(0, 6)}`;
}

/** Without what is as usual. */
function unusual(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** Names of data sets that did not come with the project. */
export function folderNames(runs: readonly Checked[]): string[] {
  const own = runs.filter(({ kinds }) => !kinds.dataset.builtIn);
  return [...new Set(own.map((checked) => datasetName(checked)))];
}

/** Points that came out equal (two spellings of one value) are one run. */
export function uniqueRuns(sweep: Sweep): Point[] {
  // A checked configuration has its keys in the schema's order, so that equal ones are worded the same.
  return [...new Map(sweep.points.map((point) => [JSON.stringify(point.config), point])).values()];
}

/** As a person would write it, as far as that fits into names of files. */
function fileSafe(value: Json): string {
  const text =
    Array.isArray(value) && value.every((item) => typeof item === "string" && /^[\w.-]+$/.test(item))
      ? value.join("+")
      : typeof value === "string"
      ? value
      : JSON.stringify(value);
  return /^[\w.+-]{1,40}$/.test(text) ? text : sha256Json(value).slice(0, 8);
}

function pathText(path: string): string {
  const name = path.split(/[\\/]/).at(-1)!.replace(/\.\w+$/, "").replace(/[^\w.+-]+/g, "_");
  return `${name}-${sha256(path).slice(0, 6)}`;
}
