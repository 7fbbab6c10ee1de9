/** The data set that a run was trained on. Pure. */
import type { FoundRun } from "../../runs/search.ts";

/**
 * As overrides. Its numbers count: they decide which clips there are, and which of the built-in voices were heard.
 *
 * @param known Data sets of the configuration; none of another is told.
 */
export function datasetOf({ fields }: Pick<FoundRun, "fields">, known: readonly string[]): string[] {
  const name = fields.get("dataset")?.value;
  if (typeof name !== "string" || !known.includes(name)) return [];
  const numbers = [...fields].flatMap(([key, { value }]) =>
    /^dataset\.\w+$/.test(key) && typeof value === "number" ? [`${key}=${value}`] : []
  );
  return [`dataset=${name}`, ...numbers];
}
