/** What tables say of a run, or of a configuration over its seeds, beside the figures. Pure. */
import type { Json } from "../../../lib/base/json.ts";
import type { ResultRow, RunDescription, SummaryRow } from "../../../lib/records/results.ts";
import type { Column } from "../text/table.ts";
import { otherWords } from "../text/wording.ts";

export const RUN_COLUMNS: readonly Column[] = [
  { title: "run" },
  { title: "set" },
  { title: "model" },
  { title: "bands", align: "right" },
  { title: "seed", align: "right" },
  { title: "trained", align: "right" },
];

/** As {@link RUN_COLUMNS}. */
export function runCells({ run, setting, model, bands, seed, trainedParameters }: ResultRow): string[] {
  return [run, setting, model, String(bands), String(seed), trainedParameters.toLocaleString("en")];
}

export const CONFIGURATION_COLUMNS: readonly Column[] = [
  { title: "front-end" },
  { title: "set" },
  { title: "model" },
  { title: "bands", align: "right" },
  { title: "other" },
  { title: "seeds", align: "right" },
];

/** As {@link CONFIGURATION_COLUMNS}. */
export function configurationCells(row: SummaryRow): string[] {
  const { frontend, setting, model, bands, other, seeds } = row;
  return [frontend, setting, model, String(bands), otherWords(other).join(" "), String(seeds.length)];
}

/** The first fields of a CSV record; one for each other value that the sweep varied. @param rows All of the file. */
export function describedRecord(
  { frontend, model, setting, bands, other, seed }: Omit<RunDescription, "run" | "seed"> & {
    readonly seed?: number;
  },
  rows: readonly Pick<RunDescription, "other">[],
): Record<string, Json> {
  const others = [...new Set(rows.flatMap((r) => Object.keys(r.other)))];
  return {
    frontend,
    model,
    setting,
    bands,
    ...(seed === undefined ? {} : { seed }),
    ...Object.fromEntries(others.map((key) => [key, other[key] ?? null])),
  };
}
