/** Checkpoints as inputs of evaluations. */
import { UserError } from "../../lib/base/errors.ts";
import { Rng } from "../../lib/base/random.ts";
import type { TensorFile } from "../../lib/formats/safetensors.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { frontendDifferences } from "../../lib/frontends/frontend_differences.ts";
import { prefixTensors } from "../../lib/frontends/prefix_tensors.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import { createState } from "../../lib/nn/state.ts";
import type { NetworkState, TensorSpec } from "../../lib/nn/types.ts";
import { assignImported, importState } from "../../lib/train/import_state.ts";
import type { StageIo } from "../engine/stage.ts";

/**
 * A fresh state with the values of input `checkpoint`, a file from anywhere.
 * @throws {UserError} `bad-file` if it does not fit the network, means other classes or was trained on other features.
 */
export function importCheckpoint(
  io: StageIo,
  frontend: FrontendSpec,
  network: { readonly specs: readonly TensorSpec[] },
  classes: readonly string[],
): NetworkState {
  const path = io.input("checkpoint");
  const file = readTensors(path);
  checkClasses(file, path, classes);
  checkFrontend(file, path, frontend);
  const imported = importState(network.specs, prefixTensors(frontend), file, path);
  const { initial, ignored } = imported;
  if (ignored.length > 0) io.note("info", `Ignored in the checkpoint: ${ignored.join(", ")}`);
  if (initial.length > 0) io.note("info", `Not in the checkpoint, so untrained: ${initial.join(", ")}`);
  const state = createState(network, Rng.fromSeed(0));
  assignImported(state, imported);
  return state;
}

/** A checkpoint from elsewhere may not say what its outputs mean; one that does must mean the same. */
export function checkClasses({ metadata }: TensorFile, path: string, classes: readonly string[]): void {
  const found = metadata["classes"];
  const wanted = JSON.stringify(classes);
  if (found === undefined || found === wanted) return;
  throw new UserError(
    "bad-file",
    `Cannot evaluate ${path}: found classes ${found}, the features have ${wanted}. Use the same data set, ` +
      `or list its classes in this order in dataset.targets.`,
  );
}

function checkFrontend({ metadata }: TensorFile, path: string, frontend: FrontendSpec): void {
  const differences = frontendDifferences(metadata["frontend"], frontend);
  if (differences.length === 0) return;
  throw new UserError(
    "bad-file",
    `Cannot evaluate ${path}: it was trained with another front-end (${
      differences.join("; ")
    }). Give its values of ` +
      `frontend.* and seed.`,
  );
}
