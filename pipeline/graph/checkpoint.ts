/** The network of a checkpoint from anywhere: as its file says, or as the configuration has it. Pure. */
import type { JsonObject } from "../../lib/base/json.ts";
import { loadKind } from "../../lib/base/kinds.ts";
import type { StoredTensor } from "../../lib/formats/safetensors.ts";
import { ownParts } from "../../lib/frontends/front_end.ts";
import type { ModelKind } from "../../lib/models/contract.ts";
import { MODELS } from "../../lib/models/kinds.ts";
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

/** Groups that decide a front-end. */
const OF_FRONTEND = ["frontend", "compression", "setting"];

/** @returns The network, and what its outputs mean where that is known. */
export async function planCheckpoint(
  checked: Checked,
  { said, tensors, typed }: CheckpointFile,
): Promise<{ readonly network: PlannedNetwork; readonly classes: readonly string[] | null }> {
  const heard = said === null ? checked : await asSaid(checked, said, typed);
  const classes = said?.classes ?? null;
  if (said !== null && !OF_FRONTEND.some((group) => typed.has(group))) {
    return { network: await planFrontend(heard, said.frontend), classes };
  }
  const context = frontendContext(heard.config, heard.kinds);
  const trained = typed.has("setting")
    ? context.trained
    : [...said?.frontend.trained ?? [], ...await ownParts(heard.config.frontend, context, tensors)];
  return { network: await planNetwork(heard, trained), classes };
}

/** The configuration with the model of a file, on recordings like those that it was trained on. */
async function asSaid(
  checked: Checked,
  said: CheckpointRecord,
  typed: ReadonlySet<string>,
): Promise<Checked> {
  const { config, kinds } = checked;
  const dataset = datasetOf(checked, said, typed);
  if (typed.has("model")) return { kinds, config: { ...config, dataset } };
  const model = await loadKind<ModelKind>(MODELS, said.model.kind, "model");
  return { kinds: { ...kinds, model }, config: { ...config, dataset, model: said.model } };
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
