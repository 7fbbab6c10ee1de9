/** What an export is of: a run's checkpoint in the store, or a checkpoint's file from anywhere. */
import { basename, resolve } from "node:path";
import { UserError } from "../../../lib/base/errors.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { parseCheckpoint } from "../../../lib/records/checkpoint.ts";
import { exists } from "../../engine/store/atomic_io.ts";
import { fileDigest } from "../../engine/store/content_io.ts";
import type { Store } from "../../engine/store/store_io.ts";
import { damageError } from "../../runs/damage.ts";
import type { Project } from "./project_io.ts";
import { trainingOf } from "./training_io.ts";
import { tunedOutput } from "./tuned_io.ts";

export interface ExportSource {
  /** Name of the training, or of the file without its ending. */
  readonly run: string;
  /** What the training, or the file, is found by. */
  readonly id: string;
  /** Which of a training's states; `file`: what a file has. */
  readonly checkpoint: "best" | "last" | "file";
  /** Sound. */
  readonly path: string;
  readonly sha256: string;
  /** `the best state of a-run`. */
  readonly what: string;
}

/** Digits of an id, as it is shown. */
const ID_DIGITS = 12;

/**
 * @param typed A run's name, id or pattern; or the path of a file.
 * @throws {UserError} `usage`: no run, or several; `store-damaged`: its checkpoint is gone or changed; `bad-file`.
 */
export async function exportSource(
  project: Project,
  openStore: () => Store,
  typed: string,
  checkpoint: "best" | "last",
): Promise<ExportSource> {
  const file = resolve(project.here, typed);
  if (/\.safetensors$/i.test(typed)) return await fileSource(file);
  const store = openStore();
  const { run, receipt, remedy } = await trainingOf(store, typed, "export");
  const name = `${checkpoint}.safetensors`;
  const plain = receipt.outputs[name]!;
  const tuned = tunedOutput(store, run, plain);
  const stored = tuned ?? plain;
  const reading = await store.cache.read(stored, name);
  if (reading.kind === "damaged") throw damageError("export", run, `its ${name}`, { ...reading, remedy });
  const isTuned = tuned !== undefined &&
    parseCheckpoint(readTensors(reading.path).metadata, name)?.operatingPoint !== undefined;
  return {
    run,
    id: receipt.key.slice(0, ID_DIGITS),
    checkpoint,
    path: reading.path,
    sha256: stored.digest,
    what: `the ${checkpoint} state of ${run}${isTuned ? ", as its stream tuned it" : ""}`,
  };
}

async function fileSource(path: string): Promise<ExportSource> {
  if (!exists(path)) {
    throw new UserError(
      "bad-file",
      `Cannot export ${path}: there is no such file. Give a checkpoint's path, or a run's name as deno task runs shows it.`,
    );
  }
  const sha256 = await fileDigest(path);
  return {
    run: basename(path).replace(/\.safetensors$/i, "").replace(/[^\w.+-]+/g, "_"),
    id: sha256.slice(0, ID_DIGITS),
    checkpoint: "file",
    path,
    sha256,
    what: `what is in ${path}`,
  };
}
