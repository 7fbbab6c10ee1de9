/** A checkpoint of a training on clips of one length, its network ready to compute. */
import { blamingFile } from "../base/blame.ts";
import { Rng } from "../base/random.ts";
import type { TensorFile } from "../formats/safetensors.ts";
import { buildNetwork } from "../models/network.ts";
import type { Network } from "../models/network_contract.ts";
import { createState, disposeState, frozenState } from "../nn/state.ts";
import type { NetworkState } from "../nn/types.ts";
import { type ClipCheckpoint, clipCheckpoint } from "../records/clip_checkpoint.ts";
import { stateFrom } from "../train/checkpoint.ts";
import { assignValues } from "../train/snapshot.ts";

/** Holds tensors until it is disposed of. */
export interface ClipNetwork extends Disposable {
  readonly checkpoint: ClipCheckpoint;
  readonly network: Network;
  /** Has the network's tensors, and those of its frozen prefix. */
  readonly state: NetworkState;
  readonly classes: readonly string[];
  /** In Hz. */
  readonly sampleRate: number;
  readonly clipSamples: number;
}

/**
 * @param name Names the file in errors.
 * @throws {UserError} `bad-file` if the file does not say what it is a checkpoint of, if its clips have no one length, or
 *   if its tensors are not those of the network that it names.
 */
export async function openClipNetwork(file: TensorFile, name: string): Promise<ClipNetwork> {
  const checkpoint = clipCheckpoint(file, name);
  const { frontend, model, classes, sampleRate, clipSamples } = checkpoint;
  const network = await blamingFile(
    name,
    () => buildNetwork(frontend, model, "clip", classes.length, clipSamples),
  );
  const values = stateFrom(network.specs, file, name);
  const own = createState(network, Rng.fromSeed(0));
  assignValues(own, values);
  const state = new Map([...frozenState(network), ...own]);
  return {
    checkpoint,
    network,
    state,
    classes,
    sampleRate,
    clipSamples,
    [Symbol.dispose]: () => disposeState(state),
  };
}
