/** What decides which state of a training is the best. Pure. */
import type { Network } from "../../models/network_contract.ts";
import type { NetworkState } from "../../nn/types.ts";
import type { Validation } from "../objective.ts";

export interface SelectionKind {
  /** What the best state is that with: `the lowest validation loss`. */
  readonly words: string;
  /** Whether states listen to a stream: then a training has one as an input. */
  readonly listens: boolean;
  /** Absent: the validation loss decides, which every training has. */
  load?(): Promise<{ readonly open: OpenSelection }>;
}

/** What a training is about, as far as states are told apart by it. */
export interface Selected {
  readonly network: Network;
  readonly classes: readonly string[];
  /** In Hz. */
  readonly sampleRate: number;
  /** Null where clips are of any length. */
  readonly clipSamples: number | null;
  /** Path of a stream's samples and labels, where the kind listens. */
  readonly stream?: string | undefined;
}

/**
 * What the best state has least of; of equal ones that with the lower validation loss is better, then the earlier one.
 * @param state After an epoch, as it is evaluated.
 */
export type Score = (state: NetworkState, validation: Validation) => number | Promise<number>;

/** @throws {UserError} `bad-file` if there is no such stream. */
export type OpenSelection = (selected: Selected) => Promise<Score>;
