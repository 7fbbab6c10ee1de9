/** Lists of examples to leave out, as they are typed: one that names nothing is none. */
import { resolve } from "node:path";
import { UserError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { EXCLUDE } from "../../lib/data/exclusion/schema.ts";
import type { Override } from "./override.ts";

const KEY = `dataset.${EXCLUDE}`;

/**
 * @param here Absolute: what typed paths are relative to.
 * @returns With null in the place of a list without entries, so that runs are called, and are, what they are without it.
 * @throws {UserError} `bad-config`: what is typed is no path of a file; `bad-dataset`: the file is no text.
 */
export async function withoutEmptyLists(
  overrides: readonly Override[],
  here: string,
): Promise<Override[]> {
  return await Promise.all(overrides.map(async (override) => {
    if (override.path.join(".") !== KEY) return override;
    const values = override.values.map(async (value) => await listed(value, here) ? value : null);
    return { ...override, values: await Promise.all(values) };
  }));
}

/** Whether there is something in it; what is not there is told where all that is read is looked for. */
async function listed(value: Json, here: string): Promise<boolean> {
  if (Array.isArray(value) && value.length > 0) {
    throw refused(JSON.stringify(value), "a list of names", "Write them into a file, a name a line.");
  }
  if (Array.isArray(value) || value === "") return false;
  if (typeof value !== "string") return true;
  const path = resolve(here, value);
  if (isFolder(path)) throw refused(value, "a folder", "Name the file in it.");
  // Loaded where somebody names a list: every command that runs a graph gets here.
  const [{ entriesOfList }, { readTextIfThere }] = await Promise.all([
    import("../../lib/data/exclusion/exclude.ts"),
    import("../../lib/data/text_io.ts"),
  ]);
  const text = readTextIfThere(path);
  return text === undefined || entriesOfList(text).length > 0;
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

function refused(value: string, found: string, remedy: string): UserError {
  return new UserError(
    "bad-config",
    `Cannot use ${KEY}=${value}: wanted the path of a text file that names an example a line, found ${found}. ${remedy}`,
  );
}
