/** The list of examples that a run left out, which no task's slice tells: it is a file of the user's. */
import type { DatabaseSync } from "node:sqlite";
import { UserError } from "../../lib/base/errors.ts";
import { parseIndex } from "../../lib/records/example_index.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { Receipt, TaskKey } from "../engine/types.ts";
import type { Field } from "./fields.ts";

/** What an index reads a list of examples to leave out as. */
const EXCLUDE = "exclude";

/**
 * The list by its content, as its path says nothing of what is in it, and how many examples of training and test it names, as
 * far as indices are here. Features without what it names may be those of another list, or of none: it is the one that made
 * the index of the test, too.
 */
export async function exclusionOf(
  database: DatabaseSync,
  store: Store,
  { fingerprint: { inputs } }: Receipt,
  evaluations: readonly Receipt[],
): Promise<Field[]> {
  const makers = database.prepare(
    "SELECT r.key FROM outputs o JOIN receipts r USING (key) WHERE o.digest = ? AND r.stage = ?",
  );
  const inputOf = database.prepare("SELECT digest FROM inputs WHERE key = ? AND name = ?");
  const madeBy = (digests: readonly string[], stage: string) =>
    digests.flatMap((digest) => makers.all(digest, stage) as { key: TaskKey }[]).map(({ key }) => key);
  const readBy = (keys: readonly TaskKey[], name: string) =>
    keys.flatMap((key) => inputOf.all(key, name) as { digest: string }[]).map(({ digest }) => digest);
  const listOf = (index: TaskKey) => readBy([index], EXCLUDE)[0];
  const train = [inputs["train"] ?? ""];
  const features = madeBy(train, "features");
  const corrupted = madeBy(features.length === 0 ? train : readBy(features, "waves"), "corrupt");
  const plain = corrupted.length === 0 ? features : madeBy(readBy(corrupted, "waves"), "features");
  const ofTest = madeBy(evaluations.flatMap((one) => one.fingerprint.inputs["index"] ?? []), "index");
  const ofTraining = madeBy(readBy(plain, "index"), "index");
  const index = ofTraining.find((key) =>
    ofTest.length === 0 || ofTest.some((other) => listOf(other) === listOf(key))
  );
  const list = index === undefined ? undefined : listOf(index);
  if (index === undefined || list === undefined) return [];
  const test = ofTest.find((key) => listOf(key) === list);
  const counts = [await excludedIn(store, index), test === undefined ? 0 : await excludedIn(store, test)];
  const known = counts.flatMap((count) => count ?? []);
  return [
    { kind: "config", name: `dataset.${EXCLUDE}`, value: `list ${list.slice(0, 8)}` },
    ...(known.length < counts.length ? [] : [
      {
        kind: "config",
        name: "dataset.excluded_examples",
        value: known.reduce((sum, count) => sum + count, 0),
      } as const,
    ]),
  ];
}

/** Undefined: the index is not here, or of another version. */
async function excludedIn(store: Store, index: TaskKey): Promise<number | undefined> {
  const name = "index.json";
  const found = store.local.reading(index);
  const output = found.kind === "found" ? found.receipt.outputs[name] : undefined;
  const reading = output === undefined ? undefined : await store.local.read(output, name);
  if (reading?.kind !== "sound") return undefined;
  try {
    return Number(parseIndex(await Deno.readTextFile(reading.path), reading.path).notes["excluded"] ?? 0);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
