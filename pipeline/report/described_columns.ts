/** What tables of any task say of a run, or of a configuration over its seeds, beside the figures. Pure. */
import type { Json } from "../../lib/base/json.ts";
import type { RunDescription } from "./results.ts";
import type { Column } from "./table.ts";

type Configuration = Omit<RunDescription, "run" | "seed"> & { readonly seed?: number };

export const RUN_COLUMNS: readonly Column[] = [
  { title: "run" },
  { title: "set" },
  { title: "model" },
  { title: "mels", align: "right" },
  { title: "seed", align: "right" },
  { title: "trained", align: "right" },
];

/** As {@link RUN_COLUMNS}. */
export function runCells(row: RunDescription & { readonly trained_parameters: number }): string[] {
  const { run, setting, model, n_mels, seed, trained_parameters } = row;
  return [run, setting, model, String(n_mels), String(seed), trained_parameters.toLocaleString("en")];
}

export const CONFIGURATION_COLUMNS: readonly Column[] = [
  { title: "front-end" },
  { title: "set" },
  { title: "model" },
  { title: "mels", align: "right" },
  { title: "other" },
  { title: "seeds", align: "right" },
];

/** As {@link CONFIGURATION_COLUMNS}. */
export function configurationCells(row: Configuration & { readonly seeds: readonly number[] }): string[] {
  const { frontend, setting, model, n_mels, other, seeds } = row;
  const others = Object.entries(other).map(([key, value]) =>
    `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`
  );
  return [frontend, setting, model, String(n_mels), others.join(" "), String(seeds.length)];
}

/** Without columns in which no row has anything. */
export function filledColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): { readonly columns: readonly Column[]; readonly cells: readonly (readonly string[])[] } {
  const kept = columns.map((_, i) => rows.some((row) => row[i] !== ""));
  return {
    columns: columns.filter((_, i) => kept[i]),
    cells: rows.map((row) => row.filter((_, i) => kept[i])),
  };
}

/** The first fields of a CSV record; one for each other value that the sweep varied. @param rows All of the file. */
export function describedRecord(row: Configuration, rows: readonly Configuration[]): Record<string, Json> {
  const { frontend, model, setting, n_mels, seed, other } = row;
  const others = [...new Set(rows.flatMap((r) => Object.keys(r.other)))];
  return {
    frontend,
    model,
    setting,
    n_mels,
    ...(seed === undefined ? {} : { seed }),
    ...Object.fromEntries(others.map((key) => [key, other[key] ?? null])),
  };
}
