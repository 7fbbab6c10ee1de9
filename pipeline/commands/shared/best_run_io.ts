/** The run that is taken where none is named. */
import { UserError } from "../../../lib/base/errors.ts";
import { openIndex } from "../../runs/index_io.ts";
import { searchRuns } from "../../runs/search.ts";
import type { Project } from "./project_io.ts";
import { openProjectStore } from "./project_store_io.ts";

/** @param doing Verb of the command. @throws {UserError} `usage` if no run has an accuracy. */
export async function bestRun(project: Project, flag: string | undefined, doing: string): Promise<string> {
  const store = openProjectStore(project, flag, "read");
  using index = await openIndex(store);
  const [best] = searchRuns(index.database, { conditions: [], sort: "accuracy", limit: 1 });
  if (best !== undefined && best.fields.has("accuracy")) return best.run;
  throw new UserError(
    "usage",
    `Cannot ${doing}: no trained model is in the store ${store.location}, wanted one or --checkpoint FILE. Run deno task kws ` +
      `first.`,
  );
}
