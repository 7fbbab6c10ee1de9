/** What stages that run a recogniser open alike: features, network, state. */
import { Rng } from "../../lib/base/random.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import { buildRecognizer } from "../../lib/models/recognizer.ts";
import type { ModelSpec } from "../../lib/models/spec.ts";
import { createState } from "../../lib/nn/state.ts";
import type { NetworkState, SequenceNetwork } from "../../lib/nn/types.ts";
import {
  checkSequences,
  leftOutText,
  openSequences,
  type SequenceFile,
} from "../../lib/train/sequence_file_io.ts";
import type { SequenceSampler } from "../../lib/train/sequence_order.ts";
import type { StageIo } from "../engine/stage.ts";
import { startFrom, type TrainingSlice } from "./training.ts";

export interface RecognizerTrainerSlice {
  readonly epochs: number;
  readonly batch_size: number;
  readonly sampler: SequenceSampler;
  /** Utterances an epoch; null: all. */
  readonly clips_per_epoch: number | null;
}

/**
 * Opens the features of a split; says how many utterances are left out as their labels do not fit in their frames.
 * @throws {UserError} `bad-file` or `bad-dataset`.
 */
export function openSplit(io: StageIo, split: string, frontend: FrontendSpec): SequenceFile {
  const source = openSequences(io.input(split), frontend);
  if (source.leftOut.length > 0) io.note("warning", `${split}: ${leftOutText(source.leftOut)}`);
  return source;
}

/** Opens the features and the network of a training. Dispose of `training` and `validation`. */
export function openTraining(io: StageIo, slice: TrainingSlice) {
  const { frontend, model, seed } = slice;
  const training = openSplit(io, "train", frontend);
  const validation = openSplit(io, "validation", frontend);
  const { classes } = training.info;
  const network = openNetwork(frontend, model, training, io.input("train"));
  checkSequences(validation, io.input("validation"), network);
  const rng = Rng.fromSeed(seed);
  const state: NetworkState = createState(network, rng.fork("init"));
  if (io.inputs["init"] !== undefined) startFrom(io, slice, network, state, classes);
  return { training, validation, classes, network, rng, state };
}

/** @param path Of the features, for messages. @throws {UserError} If they do not fit the network. */
export function openNetwork(
  frontend: FrontendSpec,
  model: ModelSpec,
  features: SequenceFile,
  path: string,
): SequenceNetwork {
  const network = buildRecognizer(frontend, model, features.info.classes.length);
  checkSequences(features, path, network);
  return network;
}
