/** The training that a word on a command line means. */
import type { Store } from "../../engine/store/store_io.ts";
import type { Receipt } from "../../engine/types.ts";
import { damageError, remedyOf } from "../../runs/damage.ts";
import { findRun } from "../../runs/find_io.ts";
import { openIndex } from "../../runs/index_io.ts";

export interface StoredTraining {
  readonly run: string;
  readonly receipt: Receipt;
  /** A sentence: what makes its checkpoints anew. */
  readonly remedy: string;
}

/**
 * @param doing Verb of the command.
 * @throws {UserError} `usage`: no run, or several; `store-damaged`: its checkpoints are gone.
 */
export async function trainingOf(
  store: Store,
  typed: string,
  doing: string,
): Promise<StoredTraining> {
  using index = await openIndex(store);
  const { run, key } = findRun(store, index.database, typed, doing);
  const receipt = await store.cache.lookup(key);
  const remedy = remedyOf(index.database, key);
  if (receipt !== undefined) return { run, receipt, remedy };
  throw damageError(doing, run, "one of its checkpoints", { problem: "missing or of another size", remedy });
}

/** Path of a training's checkpoint. @throws {UserError} `store-damaged`: its bytes are not what they were. */
export async function soundCheckpoint(
  store: Store,
  { run, receipt, remedy }: StoredTraining,
  name: string,
  doing: string,
): Promise<string> {
  const reading = await store.cache.read(receipt.outputs[name]!, name);
  if (reading.kind === "sound") return reading.path;
  throw damageError(doing, run, `its ${name}`, { ...reading, remedy });
}
