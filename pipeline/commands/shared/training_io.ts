/** The training that a word on a command line means. */
import { UserError } from "../../../lib/base/errors.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { Receipt } from "../../engine/types.ts";
import { findRun } from "../../runs/find_io.ts";
import { openIndex } from "../../runs/index_io.ts";

/**
 * @param doing Verb of the command.
 * @throws {UserError} `usage`: no run, or several; `store-damaged`: its checkpoints are gone.
 */
export async function trainingOf(
  store: Store,
  typed: string,
  doing: string,
): Promise<{ readonly run: string; readonly receipt: Receipt }> {
  using index = await openIndex(store);
  const { run, key } = findRun(store, index.database, typed, doing);
  const receipt = await store.cache.lookup(key);
  if (receipt !== undefined) return { run, receipt };
  throw new UserError(
    "store-damaged",
    `Cannot ${doing} ${run}: its checkpoints are not in the store any more. Run the training again.`,
  );
}
