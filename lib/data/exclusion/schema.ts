/** Examples that a data set goes without: a list of the user's. Pure. */
import { z } from "zod";
import type { Origins } from "../contract.ts";

/** Name of the reference to the list, which only the index reads. */
export const EXCLUDE = "exclude";

/** A part of the group of any data set. */
export const excludeShape = {
  /** A text file that names an example a line; null: all are used. */
  [EXCLUDE]: z.string().min(1).nullable(),
};

/** What an index reads of it. */
export function excludeReference({ exclude }: { readonly exclude: string | null }): Origins {
  return exclude === null ? {} : { [EXCLUDE]: { from: "user", path: exclude } };
}
