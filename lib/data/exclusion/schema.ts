/** Examples that a data set goes without: a list of the user's. Pure. */
import { z } from "zod";
import type { Problem } from "../../base/kinds.ts";
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

/** @param dataset With an absolute path. */
export function excludeProblems({ exclude }: { readonly exclude?: string | null }): Problem[] {
  if (typeof exclude !== "string" || !REPLACED.test(exclude)) return [];
  return [{
    path: [EXCLUDE],
    message:
      `each run replaces ${exclude}, so that no result would be fresh; wanted a list that stays: copy it, and leave ` +
      "in the copy the labels that are wrong",
  }];
}

/** Where the last results of a command are: links that the next run makes anew. */
const REPLACED = /[\\/]results[\\/][^\\/]+[\\/]latest[\\/]/;
