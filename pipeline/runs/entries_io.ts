/** What the index holds of each receipt and of each run: taken in, and read again where what was read has changed. */
import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import type { CompressionKind, FrontendKind, FrontendSpec } from "../../lib/frontends/contract.ts";
import { trainedName } from "../../lib/frontends/parts.ts";
import { parseHistory } from "../../lib/records/history.ts";
import { parseMetrics } from "../../lib/records/metrics.ts";
import { frontendSchema } from "../../lib/records/specs.ts";
import { parseStream } from "../../lib/records/stream.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { ContentDigest, Receipt, TaskKey } from "../engine/types.ts";
import { exclusionOf } from "./exclusion_io.ts";
import { configFields, DAMAGED, type Field, historyFields, metricFields, streamFields } from "./fields.ts";

/** Where entries go and what they are made from. */
export interface Entries {
  readonly database: DatabaseSync;
  readonly store: Store;
  /** By name. */
  readonly frontends: ReadonlyMap<string, FrontendKind>;
  readonly compressions: ReadonlyMap<string, CompressionKind>;
}

/**
 * Takes in new receipts, and reads again what has changed since it was read.
 *
 * @param fresh Keys that the index lacks, with their receipts' stamps.
 * @returns How many of them count.
 */
export async function followReceipts(
  entries: Entries,
  fresh: readonly (readonly [TaskKey, string])[],
): Promise<number> {
  const receipts = fresh.flatMap(([key, stamp]) => {
    const receipt = soundReceipt(entries.store, key);
    return receipt === undefined ? [] : [{ receipt, stamp }];
  });
  for (const { receipt, stamp } of receipts) insertReceipt(entries.database, receipt, stamp);
  const trainings = new Map<TaskKey, Receipt>();
  for (const receipt of [...receipts.map(({ receipt }) => receipt), ...changedRecords(entries)]) {
    for (const training of trainingsOf(entries, receipt)) trainings.set(training.key, training);
  }
  for (const training of trainings.values()) await insertRuns(entries, training);
  return receipts.length;
}

/** What an evaluation reads of a training, under this name too: `best`. */
const BEST = "best.safetensors";
/** The other state of a training, which may listen to a stream as well. */
const LAST = "last.safetensors";

/** Receipts of what the index was told in another state than it is in now. */
function changedRecords({ database, store }: Entries): Receipt[] {
  const records = database.prepare(
    "SELECT DISTINCT key, name, digest, stamp FROM records JOIN outputs USING (key, name)",
  ).all() as { key: TaskKey; name: string; digest: ContentDigest; stamp: string }[];
  return records.flatMap(({ key, name, stamp, digest }) =>
    store.local.stamp({ kind: "file", digest }, name) === stamp ? [] : soundReceipt(store, key) ?? []
  );
}

/** The trainings of runs that a receipt says something of: its own, or those whose checkpoint was evaluated. */
function trainingsOf({ database, store }: Entries, receipt: Receipt): Receipt[] {
  const stage = stageOf(receipt);
  if (stage === "train") return [receipt];
  if (stage === "stream") {
    const found = database.prepare(
      "SELECT key FROM outputs JOIN receipts USING (key) WHERE digest = ? AND name IN (?, ?) AND stage = 'train'",
    ).all(receipt.fingerprint.inputs["checkpoint"] ?? "", BEST, LAST) as { key: TaskKey }[];
    return found.flatMap(({ key }) => soundReceipt(store, key) ?? []);
  }
  const { best, last } = receipt.fingerprint.inputs;
  if (stage !== "evaluate" || best === undefined || last === undefined) return [];
  // By both: the best state of a training may be that of a longer one, whose last is another.
  const found = database.prepare(
    "SELECT key FROM outputs b JOIN outputs l USING (key) JOIN receipts USING (key) " +
      "WHERE b.name = ? AND b.digest = ? AND l.name = ? AND l.digest = ? AND stage = 'train'",
  ).all(BEST, best, LAST, last) as { key: TaskKey }[];
  return found.flatMap(({ key }) => soundReceipt(store, key) ?? []);
}

function soundReceipt(store: Store, key: TaskKey): Receipt | undefined {
  const reading = store.local.reading(key);
  return reading.kind === "found" ? reading.receipt : undefined;
}

function stageOf({ task }: Receipt): string {
  return task.split("/")[0]!;
}

/** Without the condition that an evaluation tells of. */
function runOf({ task }: Receipt): string {
  return task.slice(task.indexOf("/") + 1).split("@")[0]!;
}

function insertReceipt(database: DatabaseSync, receipt: Receipt, stamp: string): void {
  const { key, task, fingerprint } = receipt;
  database.prepare("INSERT INTO receipts VALUES (?, ?, ?, ?, ?)")
    .run(key, stamp, task, stageOf(receipt), JSON.stringify(fingerprint.slice));
  const output = database.prepare("INSERT INTO outputs VALUES (?, ?, ?)");
  for (const [name, { digest }] of Object.entries(receipt.outputs)) output.run(key, name, digest);
  const input = database.prepare("INSERT INTO inputs VALUES (?, ?, ?)");
  for (const [name, digest] of Object.entries(fingerprint.inputs)) input.run(key, name, digest);
}

/**
 * In the place of what there is of a training: a run of its own name, and one of each other name under which its
 * checkpoint was evaluated in another way. One that an earlier version was told of in other words is left out.
 */
async function insertRuns(entries: Entries, training: Receipt): Promise<void> {
  const { database } = entries;
  database.prepare("DELETE FROM fields WHERE run IN (SELECT id FROM runs WHERE key = ?)").run(training.key);
  database.prepare("DELETE FROM runs WHERE key = ?").run(training.key);
  const evaluated = Map.groupBy(evaluationsOf(entries, training), runOf);
  const own = runOf(training);
  const trained = database.prepare("SELECT 1 FROM receipts WHERE task = ?");
  for (const run of new Set([own, ...evaluated.keys()])) {
    if (run !== own && trained.get(`train/${run}`) !== undefined) continue; // another training of the same values
    const found = evaluated.get(run) ?? [];
    const isPlain = found.some(({ task }) => task === `evaluate/${run}`);
    await insertRun(
      entries,
      training,
      run,
      isPlain ? found : [...usedAgain(entries, training, run), ...found],
    );
  }
}

/** The evaluation of checkpoints of the same bytes, which was fresh already when this run came to it. */
function usedAgain({ store }: Entries, { outputs }: Receipt, run: string): Receipt[] {
  const found = store.lastReceipt(`evaluate/${run}`);
  if (found === undefined) return [];
  const { best, last } = found.fingerprint.inputs;
  return best === outputs[BEST]?.digest && last === outputs[LAST]?.digest ? [found] : [];
}

/** Every evaluation of the checkpoints, whatever it was called. */
function evaluationsOf({ database, store }: Entries, { outputs }: Receipt): Receipt[] {
  const found = database.prepare(
    "SELECT key FROM inputs b JOIN inputs l USING (key) JOIN receipts USING (key) " +
      "WHERE b.name = 'best' AND b.digest = ? AND l.name = 'last' AND l.digest = ? AND stage = 'evaluate'",
  ).all(outputs[BEST]?.digest ?? "", outputs[LAST]?.digest ?? "") as { key: TaskKey }[];
  return found.flatMap(({ key }) => soundReceipt(store, key) ?? []);
}

/** What a run's checkpoints did on a stream, the last time that one listened. */
function streamOf({ database, store }: Entries, { outputs }: Receipt, run: string): Receipt[] {
  const found = database.prepare(
    "SELECT key FROM inputs JOIN receipts USING (key) WHERE name = 'checkpoint' AND digest IN (?, ?) AND task = ?",
  ).all(outputs[BEST]?.digest ?? "", outputs[LAST]?.digest ?? "", `stream/${run}`) as { key: TaskKey }[];
  const receipts = found.flatMap(({ key }) => soundReceipt(store, key) ?? []);
  return receipts.sort((a, b) => a.startedAt < b.startedAt ? 1 : -1).slice(0, 1);
}

async function insertRun(
  entries: Entries,
  receipt: Receipt,
  run: string,
  evaluations: readonly Receipt[],
): Promise<void> {
  const { database, store } = entries;
  const { key, startedAt, seconds, host, deno, environment = {}, fingerprint } = receipt;
  const told = trainingSchema.safeParse(fingerprint.slice);
  if (!told.success) return;
  const { lastInsertRowid: id } = database.prepare("INSERT INTO runs (key, run, started_at) VALUES (?, ?, ?)")
    .run(key, run, startedAt);
  const { damaged, fields } = await resultsOf(
    entries,
    receipt,
    evaluations,
    streamOf(entries, receipt, run),
  );
  const about: [string, string | number | null][] = [
    ["run", run],
    ["id", key.slice(0, 8)],
    ["setting", trainedIn(entries, told.data.frontend)],
    ["started_at", startedAt],
    ["train_seconds", seconds],
    ["host", host],
    ["deno", deno],
    [DAMAGED, damaged.length === 0 ? null : damaged.join(", ")],
  ];
  insertFields(database, id, [
    ...about.flatMap(([name, value]): Field[] => value === null ? [] : [{ kind: "about", name, value }]),
    ...configFields(told.data),
    ...configFields(environment, "environment"),
    ...recordingsOf(database, run, fingerprint.inputs),
    ...await exclusionOf(database, store, receipt, evaluations),
    ...fields,
  ]);
}

/** What is trained, as tables have it; null for kinds that are not known. */
function trainedIn(
  { frontends, compressions }: Entries,
  { kind, steps, trained }: FrontendSpec,
): string | null {
  const frontend = frontends.get(kind);
  const compression = steps.flatMap(({ step }) => compressions.get(step) ?? [])[0] ?? {};
  return frontend === undefined ? null : trainedName({ frontend, compression }, trained);
}

/** What trainings are told, as far as it is looked into. */
const trainingSchema = z.object({ frontend: frontendSchema }).catchall(z.json()).transform((
  { dataset: _, ...told }, // recordings tell it under the names of the configuration
) => told);

/** What data sets' stages are told: the kind's own values stand as in the configuration. */
const dataSchema = z.object({ settings: z.record(z.string(), z.json()) });

/**
 * What the features were made from: the index of examples, how its recordings came about, and what was changed about them. Of data sets whose training
 * clips are equal, the one that the run is called after.
 */
function recordingsOf(
  database: DatabaseSync,
  run: string,
  inputs: Readonly<Record<string, string>>,
): Field[] {
  const maker = database.prepare(
    "SELECT r.key, r.task, r.slice FROM outputs o JOIN receipts r USING (key) WHERE o.digest = ? AND r.stage = ?",
  );
  const inputsOf = database.prepare("SELECT name, digest FROM inputs WHERE key = ?");
  const madeBy = (digest: string | undefined, stage: string) => {
    const found = digest === undefined
      ? []
      : maker.all(digest, stage) as { readonly key: string; readonly task: string; readonly slice: string }[];
    return found.find(({ task }) => `-${run}`.includes(`-${datasetOf(task)}-`)) ?? found[0];
  };
  const readBy = (key: string) => inputsOf.all(key) as { name: string; digest: string }[];
  const inputOf = (key: string | undefined, wanted: string) =>
    key === undefined ? undefined : readBy(key).find(({ name }) => name === wanted)?.digest;
  const features = madeBy(inputs["train"], "features");
  const corrupted = madeBy(
    features === undefined ? inputs["train"] : inputOf(features.key, "waves"),
    "corrupt",
  );
  const plain = corrupted === undefined ? features : madeBy(inputOf(corrupted.key, "waves"), "features");
  const index = madeBy(inputOf(plain?.key, "index"), "index");
  if (index === undefined) return [];
  const makers = readBy(index.key).flatMap(({ digest }) => madeBy(digest, "synthesize") ?? []);
  return [
    { kind: "config", name: "dataset", value: datasetOf(index.task) },
    ...(corrupted === undefined ? [] : configFields(JSON.parse(corrupted.slice), "dataset.corrupt")),
    ...[...makers, index].flatMap(({ slice }) => {
      const told = dataSchema.safeParse(JSON.parse(slice));
      return told.success ? configFields(told.data.settings, "dataset") : [];
    }),
  ];
}

/** As an index's task is called after it. */
function datasetOf(task: string): string {
  return task.slice(task.indexOf("/") + 1).replace(/-train$/, "");
}

/** The figures of a training and of evaluations, and the names of the files whose bytes are not as they were. */
async function resultsOf(
  entries: Entries,
  training: Receipt,
  evaluations: readonly Receipt[],
  streams: readonly Receipt[],
): Promise<{ readonly fields: readonly Field[]; readonly damaged: readonly string[] }> {
  const parsers: readonly (readonly [Receipt, string, (text: string, file: string) => readonly Field[]])[] = [
    [training, "history.json", (text, file) => historyFields(parseHistory(text, file))],
    ...evaluations.map((evaluation) =>
      [
        evaluation,
        "metrics.json",
        (text: string, file: string) => metricFields(parseMetrics(text, file)),
      ] as const
    ),
    ...streams.map((stream) =>
      [
        stream,
        "stream.json",
        (text: string, file: string) => streamFields(parseStream(text, file)),
      ] as const
    ),
  ];
  const damaged = new Set<string>();
  const fields: Field[] = [];
  for (const [receipt, name, parse] of parsers) {
    const read = await readRecord(entries, receipt, name, parse);
    if (read === "damaged") damaged.add(name);
    else fields.push(...read);
  }
  return { fields, damaged: [...damaged] };
}

function insertFields(database: DatabaseSync, run: number | bigint, fields: readonly Field[]): void {
  const insert = database.prepare("INSERT OR REPLACE INTO fields VALUES (?, ?, ?, ?, ?)");
  for (const { kind, name, value } of fields) {
    insert.run(
      run,
      name,
      kind,
      typeof value === "number" ? value : null,
      typeof value === "string" ? value : null,
    );
  }
}

/** An output, and from now on its state; nothing if it is of another version, as other commands say so. */
async function readRecord(
  { database, store }: Entries,
  { key, outputs }: Receipt,
  name: string,
  parse: (text: string, file: string) => readonly Field[],
): Promise<readonly Field[] | "damaged"> {
  const output = outputs[name];
  if (output === undefined) return [];
  const stamp = store.local.stamp(output, name); // as of now, before it is read
  const reading = await store.local.read(output, name);
  database.prepare("INSERT OR REPLACE INTO records VALUES (?, ?, ?)").run(key, name, stamp);
  if (reading.kind === "damaged") return "damaged";
  try {
    return parse(await Deno.readTextFile(reading.path), reading.path);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}
