/** Notes down where runs read their recordings, and looks it up for checkpoints, which do not tell. */
import type { CheckpointRecord } from "../../../lib/records/checkpoint.ts";
import { openStore } from "../../engine/store/store_io.ts";
import type { RunPlan } from "../../graph/runs.ts";
import { type KnownDataPaths, knownDataPaths, noteDataPaths } from "../../runs/data_paths_io.ts";
import { type Execution, resultOf } from "./execute_io.ts";
import type { Project } from "./project_io.ts";
import { storeRoot } from "./project_store_io.ts";

/**
 * Of all runs that are done and read files or folders of the user's. To be called when their results were shown: a damaged
 * checkpoint does not count from then on, and with it its run, though nothing that is shown is read from it.
 */
export async function noteDataOf(runs: readonly RunPlan[], done: Execution): Promise<void> {
  const noted = new Set<string>();
  for (const { train, planned } of runs) {
    const { kinds, config: { dataset }, frontend } = planned;
    const paths = Object.fromEntries(
      kinds.dataset.paths.flatMap((key) => {
        const path = (dataset as Readonly<Record<string, unknown>>)[key];
        return typeof path === "string" ? [[key, path]] : [];
      }),
    );
    // What is learnt from of a data set, the front-end decides too: clips may be too short for it.
    const which = JSON.stringify([dataset, frontend]);
    if (Object.keys(paths).length === 0 || noted.has(which)) continue;
    noted.add(which);
    const receipt = await resultOf(done, train);
    const output = receipt?.outputs[CHECKPOINT];
    // What is only in a cache elsewhere is not brought here for this.
    if (output === undefined || !done.store.local.has(output, CHECKPOINT)) continue;
    const reading = await done.store.cache.read(output, CHECKPOINT);
    if (reading.kind === "damaged") {
      done.store.warn(
        `The stored ${CHECKPOINT} of ${train} does not count: ${reading.problem}. The same command makes it anew.`,
      );
      continue;
    }
    const said = await saidBy(reading.path);
    if (said?.dataset !== undefined) noteDataPaths(done.store, said.dataset.examplesSha256, paths);
  }
}

const CHECKPOINT = "last.safetensors";

/** Of a checkpoint's data set. @param flag Of `--store`. */
export function dataPathsOf(
  project: Project,
  flag: string | undefined,
  said: CheckpointRecord | null,
): KnownDataPaths {
  const dataset = said?.dataset;
  if (dataset === undefined || dataset.untold.length === 0) return { there: {}, gone: {} };
  return knownDataPaths(openStore(storeRoot(project, flag), { create: false }), dataset.examplesSha256);
}

async function saidBy(file: string): Promise<CheckpointRecord | null> {
  // Of built-in data nothing is noted, and this is not loaded.
  const [{ RowReader }, { parseCheckpoint }] = await Promise.all([
    import("../../../lib/formats/safetensors_io.ts"),
    import("../../../lib/records/checkpoint.ts"),
  ]);
  const reader = new RowReader(file);
  try {
    return parseCheckpoint(reader.header.metadata, file);
  } finally {
    reader.close();
  }
}
