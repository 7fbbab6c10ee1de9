/** The network of a checkpoint from anywhere: as its file says, or as the configuration has it. Pure. */
import type { JsonObject } from "../../lib/base/json.ts";
import type { StoredTensor } from "../../lib/formats/safetensors.ts";
import { ownParts } from "../../lib/frontends/front_end.ts";
import type { CheckpointRecord } from "../../lib/records/checkpoint.ts";
import { type Checked, frontendContext } from "../config/check.ts";
import { planFrontend, type PlannedNetwork, planNetwork } from "./network.ts";

export interface CheckpointFile {
  /** What the file says of itself; null: nothing. */
  readonly said: CheckpointRecord | null;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Groups and keys that the command line sets: there its word counts. */
  readonly typed: ReadonlySet<string>;
}

/** Groups that decide a front-end and a model. */
const OF_NETWORK = ["frontend", "compression", "model", "setting"];

/** @returns The network, and what its outputs mean where that is known. */
export async function planCheckpoint(
  checked: Checked,
  { said, tensors, typed }: CheckpointFile,
): Promise<{ readonly network: PlannedNetwork; readonly classes: readonly string[] | null }> {
  const isTyped = OF_NETWORK.some((group) => typed.has(group));
  if (said !== null && !isTyped) {
    const { frontend, model, classes } = said;
    const heard = {
      ...checked,
      config: { ...checked.config, model, dataset: datasetOf(checked, said, typed) },
    };
    return { network: await planFrontend(heard, frontend), classes };
  }
  const context = frontendContext(checked.config, checked.kinds);
  const trained = typed.has("setting")
    ? context.trained
    : [...said?.frontend.trained ?? [], ...await ownParts(checked.config.frontend, context, tensors)];
  return { network: await planNetwork(checked, trained), classes: said?.classes ?? null };
}

/** Recordings cut and labelled as those that the checkpoint was trained on. */
function datasetOf(
  { config: { dataset }, kinds }: Checked,
  said: CheckpointRecord,
  typed: ReadonlySet<string>,
) {
  if (typed.has("dataset.targets")) return dataset;
  const labelled = kinds.dataset.withClasses(dataset, said.classes);
  const cut: JsonObject = said.clipSamples !== null && "clip_samples" in labelled
    ? { clip_samples: said.clipSamples }
    : {};
  return { ...labelled, ...cut, sample_rate: said.sampleRate };
}
