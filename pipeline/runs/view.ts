/** Runs as a table, as CSV, and two of them side by side. Pure. */
import { printable, printableValues } from "../../lib/base/printable.ts";
import { stringify } from "@std/csv/stringify";
import type { Json } from "../../lib/base/json.ts";
import { type Column, textTable } from "../report/text/table.ts";
import { duration, figure, percent } from "../report/text/wording.ts";
import type { RunFigures } from "./figures.ts";
import type { FoundRun } from "./search.ts";

/** Titles of fields that are no figures, where they say more than the last part of the name. */
const TITLES: Readonly<Record<string, string>> = { train_seconds: "training", started_at: "started (UTC)" };

/** @param columns Full names of fields; those that no run has are left out. */
export function runsTable(
  runs: readonly FoundRun[],
  columns: readonly string[],
  figures: RunFigures["columns"],
): string {
  const shown = columns.filter((name) => runs.some(({ fields }) => fields.has(name)));
  const head = shown.map((name): Column => ({
    title: figures.get(name)?.title ?? TITLES[name] ?? name.split(".").at(-1)!.replaceAll("_", " "),
    align: runs.some(({ fields }) => typeof fields.get(name)?.value === "number") ? "right" : "left",
  }));
  return textTable(
    head,
    runs.map(({ fields }) => shown.map((name) => cell(name, fields.get(name)?.value, figures))),
  );
}

/** Every field of every run, unrounded: rows, the titles first. */
export function runsCsv(runs: readonly FoundRun[]): string[] {
  const kinds = ["about", "metric", "config"];
  const kindOf = new Map(runs.flatMap(({ fields }) => [...fields].map(([name, { kind }]) => [name, kind])));
  const columns = [...kindOf.keys()].sort((a, b) =>
    kinds.indexOf(kindOf.get(a)!) - kinds.indexOf(kindOf.get(b)!) || (a < b ? -1 : 1)
  );
  const records = runs.map(({ fields }) =>
    Object.fromEntries(columns.map((name) => [name, printableValues(fields.get(name)?.value ?? null)]))
  );
  return stringify(records, { columns }).trimEnd().split("\r\n");
}

export interface RunJson {
  readonly key: string;
  readonly run: string;
  readonly about: Readonly<Record<string, Json>>;
  readonly config: Readonly<Record<string, Json>>;
  readonly metrics: Readonly<Record<string, Json>>;
}

export function runJson({ key, run, fields }: FoundRun): RunJson {
  const of = (kind: string) =>
    Object.fromEntries(
      [...fields].filter(([, f]) => f.kind === kind).map(([name, { value }]) => [name, jsonOf(value)]),
    );
  return { key, run, about: of("about"), config: of("config"), metrics: of("metric") };
}

/** The index keeps what is neither number nor text as JSON text. */
function jsonOf(value: string | number): Json {
  if (typeof value === "number" || !/^(null|true|false|\[.*\])$/s.test(value)) return value;
  return JSON.parse(value);
}

/** A value that differs between two runs; null where a run has none. */
export interface Difference {
  readonly name: string;
  readonly a: string | number | null;
  readonly b: string | number | null;
}

export interface Comparison {
  /** Only those that differ. */
  readonly config: readonly Difference[];
  /** All. */
  readonly metrics: readonly Difference[];
}

export function compareFields(a: FoundRun, b: FoundRun): Comparison {
  const both = (kind: string): Difference[] => {
    const names = new Set(
      [...a.fields, ...b.fields].filter(([, field]) => field.kind === kind).map(([name]) => name),
    );
    return [...names].sort().map((name) => ({
      name,
      a: a.fields.get(name)?.value ?? null,
      b: b.fields.get(name)?.value ?? null,
    }));
  };
  return { config: both("config").filter((d) => d.a !== d.b), metrics: both("metric") };
}

export function comparisonText(a: FoundRun, b: FoundRun, shown: RunFigures["columns"]): string {
  const { config, metrics } = compareFields(a, b);
  const idOf = ({ fields }: FoundRun) => String(fields.get("id")?.value);
  const titles = [`A: ${idOf(a)}`, `B: ${idOf(b)}`];
  const columns: Column[] = [{ title: "configuration" }, { title: titles[0]! }, { title: titles[1]! }];
  const figures: Column[] = [
    { title: "figure" },
    { title: titles[0]!, align: "right" },
    { title: titles[1]!, align: "right" },
    { title: "B - A", align: "right" },
  ];
  return [
    `A: ${printable(a.run)}\nB: ${printable(b.run)}`,
    config.length === 0
      ? "The configurations are the same; code or recordings may differ."
      : textTable(columns, config.map((d) => [d.name, cell(d.name, d.a, shown), cell(d.name, d.b, shown)])),
    textTable(
      figures,
      metrics.map((d) => [d.name, cell(d.name, d.a, shown), cell(d.name, d.b, shown), gain(d, shown)]),
    ),
  ].join("\n\n");
}

function gain({ name, a, b }: Difference, shown: RunFigures["columns"]): string {
  if (typeof a !== "number" || typeof b !== "number") return "";
  const text = shown.get(name)?.as === "percent" ? (100 * (b - a)).toFixed(1) : wording(b - a);
  return Number(text.replaceAll(",", "")) === 0 ? "" : b > a ? `+${text}` : text;
}

function cell(name: string, value: string | number | null | undefined, shown: RunFigures["columns"]): string {
  if (value === undefined || value === null) return "-";
  if (name === "started_at") return String(value).slice(0, 16).replace("T", " ");
  if (typeof value === "string") return value;
  if (name === "train_seconds") return duration(value);
  return shown.get(name)?.as === "percent" ? percent(value) : wording(value);
}

function wording(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en") : figure(value);
}
