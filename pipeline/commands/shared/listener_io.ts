/** The checkpoint that is to listen: of a run, or a file. */
import { resolve } from "node:path";
import { UserError } from "../../../lib/base/errors.ts";
import { openIndex } from "../../runs/index_io.ts";
import { searchRuns } from "../../runs/search.ts";
import type { Project } from "./project_io.ts";
import { openProjectStore } from "./project_store_io.ts";
import { trainingOf } from "./training_io.ts";

/** A checkpoint with what is known of it. */
export interface Listening {
  /** Absolute. */
  readonly path: string;
  /** Of the run, or the file's own without its ending: in names of tasks. */
  readonly name: string;
}

/** @throws {UserError} `usage`: neither a run nor a file, or both; see {@link trainingOf}. */
export async function listenerOf(
  project: Project,
  flags: {
    readonly run?: string | undefined;
    readonly checkpoint?: string | undefined;
    readonly store?: string | undefined;
  },
): Promise<Listening> {
  const { run: typed, checkpoint } = flags;
  if ((typed === undefined) === (checkpoint === undefined)) {
    throw new UserError(
      "usage",
      `Cannot listen: found ${
        typed === undefined ? "neither a run nor" : "both a run and"
      } --checkpoint, wanted one of them, as in deno task stream RUN.`,
    );
  }
  if (checkpoint !== undefined) {
    const path = resolve(project.here, checkpoint);
    const stem = path.split(/[\\/]/).at(-1)!.replace(/\.safetensors$/, "");
    return { path, name: stem.replace(/[^\w.+-]+/g, "_") };
  }
  const store = openProjectStore(project, flags.store, "read");
  const { run, receipt } = await trainingOf(store, typed!, "listen with");
  using index = await openIndex(store);
  const [found] = searchRuns(index.database, { conditions: [], runs: [{ key: receipt.key, run }] });
  const state = `${found?.fields.get("trainer.test")?.value ?? "best"}.safetensors`; // the one that the accuracy is of
  return {
    path: await store.soundPath(receipt.outputs[state]!, state),
    name: run,
  };
}
