/** Checkpoints from anywhere as values for a network: to start from, or to be evaluated. */
import { UserError } from "../../lib/base/errors.ts";
import type { TensorFile } from "../../lib/formats/safetensors.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import type { FrontendSpec } from "../../lib/frontends/contract.ts";
import { frontendDifferences } from "../../lib/frontends/differences.ts";
import type { ModelSpec } from "../../lib/models/contract.ts";
import type { Network } from "../../lib/models/network_contract.ts";
import type { NetworkState } from "../../lib/nn/types.ts";
import { type CheckpointRecord, parseCheckpoint } from "../../lib/records/checkpoint.ts";
import { assignImported, type ImportedState, importState } from "../../lib/train/import_state.ts";
import type { StageIo } from "../engine/stage.ts";
import { misfitRemedy } from "./remedy.ts";

/** What values are put into. */
export interface Receiver {
  readonly network: Network;
  readonly frontend: FrontendSpec;
  readonly model: ModelSpec;
  readonly classes: readonly string[];
  readonly state: NetworkState;
}

/**
 * Puts the values of input `init` into a fresh state; tells what differs.
 * @throws {UserError} `bad-file` if they do not fit the network, or no network could compute with them.
 */
export async function startFrom(io: StageIo, receiver: Receiver): Promise<void> {
  const path = io.input("init");
  const file = readTensors(path);
  const said = parseCheckpoint(file.metadata, path);
  const { values, initial } = await receive(file, path, said, receiver);
  const rest = initial.length > 0 ? `; not in it, so as ever: ${initial.join(", ")}` : "";
  io.note("info", `Starts from ${values.size} tensors of ${path}${rest}`);
  for (const difference of await differencesOf(said, receiver)) {
    io.note("warning", `${path} was trained ${difference}`);
  }
}

/**
 * Puts the values of input `checkpoint` into a state.
 * @returns What the file says of itself.
 * @throws {UserError} `bad-file` if they do not fit the network, mean other classes or were trained on other features, or
 *   no network could compute with them.
 */
export async function importCheckpoint(io: StageIo, receiver: Receiver): Promise<CheckpointRecord | null> {
  const path = io.input("checkpoint");
  const file = readTensors(path);
  const said = parseCheckpoint(file.metadata, path);
  const [difference] = await differencesOf(said, receiver);
  if (difference !== undefined) {
    throw new UserError(
      "bad-file",
      `Cannot evaluate ${path}: it was trained ${difference}. Give the values it was trained with.`,
    );
  }
  const { initial, ignored } = await receive(file, path, said, receiver);
  if (ignored.length > 0) io.note("info", `Ignored in the checkpoint: ${ignored.join(", ")}`);
  if (initial.length > 0) io.note("info", `Not in the checkpoint, so untrained: ${initial.join(", ")}`);
  return said;
}

async function receive(
  file: TensorFile,
  path: string,
  said: CheckpointRecord | null,
  receiver: Receiver,
): Promise<ImportedState> {
  const { network, model, state } = receiver;
  const imported = importState(network.specs, network.frozenSpecs, file, path);
  const { misfits, damage, ignored } = imported;
  if (misfits.length > 0) {
    const differences = said === null ? [] : [
      ...await differencesOf(said, receiver),
      ...(JSON.stringify(said.model) === JSON.stringify(model)
        ? []
        : [`with model ${JSON.stringify(said.model)}, here it is ${JSON.stringify(model)}`]),
    ];
    throw new UserError(
      "bad-file",
      `Cannot load ${path}, as it does not fit the network. ${
        [...misfits, ...(ignored.length > 0 ? [`ignored: ${ignored.join(", ")}`] : [])].join("; ")
      }. ${misfitRemedy(imported, differences)}`,
    );
  }
  if (damage.length > 0) {
    throw new UserError(
      "bad-file",
      `Cannot load ${path}, as no training ends in such values. ${
        damage.join("; ")
      }. Take another checkpoint, or train again.`,
    );
  }
  assignImported(state, imported);
  return imported;
}

/** Of a file that says nothing of itself nothing is known, and nothing differs. */
async function differencesOf(said: CheckpointRecord | null, receiver: Receiver): Promise<string[]> {
  if (said === null) return [];
  const [there, here] = [JSON.stringify(said.classes), JSON.stringify(receiver.classes)];
  const differences = await frontendDifferences(said.frontend, receiver.frontend);
  return [
    ...(there === here ? [] : [`on classes ${there}, here they are ${here}`]),
    ...(differences.length === 0 ? [] : [`with another front-end: ${differences.join("; ")}`]),
  ];
}
