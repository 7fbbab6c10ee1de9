/** The models that the live page offers: of runs, or of files. */
import { basename, resolve } from "node:path";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { readTensors, RowReader } from "../../../lib/formats/safetensors_io.ts";
import { parseCheckpoint } from "../../../lib/records/checkpoint.ts";
import { clipCheckpoint } from "../../../lib/records/clip_checkpoint.ts";
import type { OfferedModel } from "../../demo/messages.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { TaskKey } from "../../engine/types.ts";
import { findRuns, shownRuns } from "../../runs/find_io.ts";
import { openIndex } from "../../runs/index_io.ts";
import { type FoundRun, searchRuns } from "../../runs/search.ts";
import { tell } from "../../reporters/print_io.ts";
import { tunedOutput } from "./tuned_io.ts";

/** More would only make the list long. */
const MOST_MODELS = 50;
/** Of an id in addresses. */
const ID_DIGITS = 16;

/** A model with its bytes as they were when it was chosen. */
export interface Model {
  readonly offered: OfferedModel;
  /** Absolute. */
  readonly file: string;
  readonly sha256: string;
}

/** @param here A relative name's folder. @throws {UserError} If the file is none that listens to words. */
export function modelOfFile(here: string, name: string): Model {
  const file = resolve(here, name);
  const { frontend } = clipCheckpoint(readTensors(file), file);
  const digest = sha256(Deno.readFileSync(file));
  const offered = {
    id: digest.slice(0, ID_DIGITS),
    run: basename(file).replace(/\.safetensors$/i, ""),
    learned: frontend.trained.length > 0,
    dataset: "",
    accuracy: null,
    tested: null,
  };
  return { offered, file, sha256: digest };
}

/**
 * The newest training of each run that classifies clips; the best come first.
 * @param patterns Of runs; none: all. @throws {UserError} `usage` if one of them means no model.
 */
export async function modelsOfRuns(store: Store, patterns: readonly string[]): Promise<Model[]> {
  using index = await openIndex(store);
  const { database } = index;
  const newest = new Map<string, FoundRun>();
  const choices = patterns.length === 0 ? [undefined] : patterns;
  for (const pattern of choices) {
    const runs = pattern === undefined
      ? {}
      : { runs: shownRuns(database, findRuns(store, database, pattern), pattern) };
    const found = searchRuns(database, { conditions: [], ...runs });
    if (found.length === 0) throw noModel(store, pattern);
    for (const run of found) if (!newest.has(run.run)) newest.set(run.run, run);
  }
  const rate = ({ fields }: FoundRun) => Number(fields.get("accuracy")?.value ?? -1);
  const models: Model[] = [];
  for (const run of [...newest.values()].sort((a, b) => rate(b) - rate(a))) {
    if (models.length < MOST_MODELS) models.push(...await modelOf(run, store));
  }
  if (models.length === 0) throw noModel(store, patterns[0]);
  return models;
}

function noModel(store: Store, pattern: string | undefined): UserError {
  return new UserError(
    "usage",
    pattern === undefined
      ? `Cannot serve the page: no trained model is in the store ${store.location}. Run deno task kws first.`
      : `Cannot serve the page: no trained model has ${
        JSON.stringify(pattern)
      } as its id or in its name. deno task runs lists them.`,
  );
}

async function modelOf({ key, run, fields }: FoundRun, store: Store): Promise<Model[]> {
  const state = fields.get("trainer.test")?.value ?? "best"; // the one that the accuracy is of
  const plain = (await store.cache.lookup(key as TaskKey))?.outputs[`${state}.safetensors`];
  if (plain === undefined) return [];
  const output = tunedOutput(store, run, plain) ?? plain;
  const reading = await store.cache.read(output, `${state}.safetensors`);
  if (reading.kind === "damaged") {
    tell(
      `${run} is left out: its ${state} checkpoint ${
        reading.absent ? "is not" : "was changed"
      } in the store (${reading.problem}) and no longer counts. ` +
        `The command that trained it makes it anew.`,
    );
    return [];
  }
  const { path: file } = reading;
  if (!listens(file)) return [];
  const [accuracy, tested] = ["accuracy", "tested"].map((name) => fields.get(name)?.value);
  return [{
    offered: {
      id: key.slice(0, ID_DIGITS),
      run,
      learned: fields.get("setting")?.value !== "A",
      dataset: String(fields.get("dataset")?.value ?? ""),
      accuracy: typeof accuracy === "number" ? accuracy : null,
      tested: typeof tested === "number" ? tested : null,
    },
    file,
    sha256: output.digest,
  }];
}

/** Whether a checkpoint's network takes clips of one length; those of earlier versions say nothing that counts. */
function listens(file: string): boolean {
  const reader = new RowReader(file);
  try {
    return (parseCheckpoint(reader.header.metadata, file)?.clipSamples ?? null) !== null;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  } finally {
    reader.close();
  }
}
