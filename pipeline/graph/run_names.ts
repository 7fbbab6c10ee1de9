/** What runs are called, and what tables say of them. Pure. */
import { sha256Json } from "../../lib/base/digest.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import type { RunDescription } from "../../lib/records/results.ts";
import type { Checked } from "../config/check.ts";
import type { Point, Sweep } from "../config/sweep.ts";
import { DEFAULT_TASK } from "../config/tasks.ts";

/** Keys that every run's name tells, beside those that kinds tell of themselves. */
const NAMED_AXES = ["setting", "frontend", "model", "frontend.n_mels", "seed"];

export function describeRun(point: Point, sweep: Sweep): RunDescription {
  const { config, kinds } = point;
  const { task, frontend, model, setting, seed } = config;
  const bands = kinds.frontend.bands(frontend);
  const variant = kinds.frontend.variant(frontend);
  const data = dataVariant(point);
  const told = [
    ...NAMED_AXES,
    ...Object.keys(variant.values),
    ...Object.keys(data),
  ];
  const other = Object.fromEntries(
    sweep.axes.filter((axis) => !told.includes(axis)).map((axis) => [axis, point.axes[axis]!]),
  );
  const base = [
    ...(task === DEFAULT_TASK ? [] : [task]),
    ...(kinds.dataset.builtIn ? [] : [kinds.dataset.name(config.dataset)]),
    ...Object.values(data).filter((word) => word !== null),
    model.kind,
    frontend.kind,
    ...variant.words,
    setting,
    `mel${bands}`,
    `seed${seed}`,
  ].join("-");
  const extra = Object.entries(other).map(([key, value]) =>
    `-${key.split(".").slice(key.startsWith("optim.") ? -2 : -1).join(".")}=${fileSafe(value)}`
  ).join("");
  return {
    run: base + extra,
    setting,
    frontend: frontend.kind,
    model: model.kind,
    bands,
    seed,
    other: { ...other, ...unusual(variant.values), ...unusual(data) },
  };
}

/** Of the data set, by dotted key. */
function dataVariant({ kinds, config: { dataset } }: Checked) {
  const entries = Object.entries(kinds.dataset.variant(dataset));
  return Object.fromEntries(entries.map(([key, value]) => [`dataset.${key}`, value]));
}

/** Without what is as usual. */
function unusual(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** Names of data sets that did not come with the project. */
export function folderNames(runs: readonly Checked[]): string[] {
  const own = runs.filter(({ kinds }) => !kinds.dataset.builtIn);
  return [...new Set(own.map(({ kinds, config }) => kinds.dataset.name(config.dataset)))];
}

/** Points that came out equal (two spellings of one value) are one run. */
export function uniqueRuns(sweep: Sweep): Point[] {
  // A checked configuration has its keys in the schema's order, so that equal ones are worded the same.
  return [...new Map(sweep.points.map((point) => [JSON.stringify(point.config), point])).values()];
}

function fileSafe(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w.+-]{1,40}$/.test(text) ? text : sha256Json(value).slice(0, 8);
}
