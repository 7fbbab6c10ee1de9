/** What the store has of a run's test: its figures, and what it told of each example. */
import type { DatabaseSync } from "node:sqlite";
import { UserError } from "../../lib/base/errors.ts";
import { type Metrics, parseMetrics } from "../../lib/records/metrics.ts";
import { parsePredictions, type Predictions } from "../../lib/records/predictions.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { Receipt, TaskKey } from "../engine/types.ts";
import { damageError, remedyOf } from "./damage.ts";
import type { KnownRun } from "./find_io.ts";

/** What recordings as they are are called among conditions. */
export const CLEAN = "clean";

export interface Test {
  readonly metrics: Metrics;
  readonly predictions: Predictions;
}

/**
 * @param condition Key of the condition that it was tested under, or {@link CLEAN}. @param doing Verb of the command.
 * @throws {UserError} `usage` if it was not tested under it, `store-damaged` if what the store has of it was changed,
 *   `bad-file` if another version tested it.
 */
export async function readTest(
  store: Store,
  database: DatabaseSync,
  run: KnownRun,
  condition: string,
  doing: string,
): Promise<Test> {
  const receipt = evaluationOf(store, database, run, condition, doing);
  const read = async <T>(name: string, parse: (text: string, file: string) => T) => {
    const reading = await store.cache.read(receipt.outputs[name]!, name);
    if (reading.kind === "sound") {
      return parse(await Deno.readTextFile(reading.path), `${receipt.task}, ${name}`);
    }
    const remedy = remedyOf(database, receipt.key);
    throw damageError(doing, run.run, `${name} of its test`, { ...reading, remedy });
  };
  return {
    metrics: await read("metrics.json", parseMetrics),
    predictions: await read("predictions.json", parsePredictions),
  };
}

/** Of the name that was typed if there is one, else the training's own; of several the newest. */
function evaluationOf(
  store: Store,
  database: DatabaseSync,
  { run, key }: KnownRun,
  condition: string,
  doing: string,
): Receipt {
  const found = evaluationsOf(store, database, key);
  const under = found.filter((receipt) => conditionOf(receipt) === condition);
  const named = under.filter(({ task }) => task.split("@")[0] === `evaluate/${run}`);
  const of = named.length > 0 ? named : under;
  const last = of.map(({ task }) => store.lastReceipt(task)).find((receipt) =>
    of.some((one) => one.key === receipt?.key)
  );
  const newest = last ?? of.toSorted((a, b) => a.startedAt < b.startedAt ? 1 : -1)[0];
  if (newest !== undefined) return newest;
  const conditions = [...new Set(found.map(conditionOf))];
  throw new UserError(
    "usage",
    conditions.length === 0
      ? `Cannot ${doing} ${run}: it was trained and not tested. The command that trained it tests it too.`
      : `Cannot ${doing} ${run} under ${condition}: it was tested under ${
        conditions.join(", ")
      }. Type one of these behind ` +
        `--condition, or test it with dataset.corrupt.snr_db.`,
  );
}

/** Tests of a training's checkpoints, whatever they were called. */
function evaluationsOf(store: Store, database: DatabaseSync, training: TaskKey): Receipt[] {
  const found = database.prepare(
    `SELECT DISTINCT r.key FROM outputs o
      JOIN inputs i ON i.digest = o.digest AND i.name = 'best'
      JOIN receipts r ON r.key = i.key AND r.stage = 'evaluate'
      WHERE o.key = ? AND o.name = 'best.safetensors'`,
  ).all(training) as { key: TaskKey }[];
  return found.flatMap(({ key }) => {
    const reading = store.local.reading(key);
    return reading.kind === "found" ? [reading.receipt] : [];
  });
}

function conditionOf({ task }: Receipt): string {
  return task.split("@")[1] ?? CLEAN;
}
