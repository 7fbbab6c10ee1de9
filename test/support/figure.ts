/** Figures by their names. */
import type { Metrics } from "../../lib/records/metrics.ts";

/** Of the best checkpoint. @throws {Error} If the task has no such figure. */
export function figure({ columns, checkpoints }: Metrics, name: string): number {
  return figureOf(columns, checkpoints.best.values, name);
}

export function figureOf(
  columns: Metrics["columns"],
  values: readonly (number | null)[],
  name: string,
): number {
  const value = values[columns.findIndex((column) => column.name === name)];
  if (typeof value === "number") return value;
  throw new Error(`There is no ${name} among ${columns.map((column) => column.name).join(", ")}`);
}
