/** The seam between the engine and whatever keeps results. No logic. */
import type { Fingerprint, Receipt, StoredOutput, TaskKey } from "../types.ts";

/**
 * Results by key. A result is a receipt and the outputs that it names; only whole ones are ever seen. What belongs to
 * attempts (locks, staging and partial folders, logs, failures) is the machine's own and no affair of a cache.
 */
export interface Cache {
  /**
   * The receipt of a key, if there is one and its outputs can be had.
   *
   * @param expected What the key was made from, if the caller knows: comparing is faster than computing it again.
   */
  lookup(key: TaskKey, expected?: Fingerprint): Promise<Receipt | undefined>;
  /** Keeps a result: its outputs first, its receipt last, in the place of what the key has already. */
  put(receipt: Receipt, written: WrittenOutputs): Promise<void>;
  /**
   * An output as a file or folder of this machine, to be read only: whoever opens one has its path from here, as only
   * then its bytes are what its receipt says.
   */
  read(output: StoredOutput, name: string): Promise<OutputReading>;
  /**
   * Has all outputs of a result that was looked up be here, for people and for other machines that see this folder.
   *
   * @returns Whether they are; if not, the result does not count any more.
   */
  bring(receipt: Receipt): Promise<boolean>;
}

/** Outputs as an attempt left them. */
export interface WrittenOutputs {
  /** Holds each under its name; they may be moved away. */
  readonly outDir: string;
  /** Folder on the same file system, for what has to get out of the way; its owner removes it. */
  readonly aside: string;
}

export type OutputReading =
  /** Its bytes are what its digest says. */
  | { readonly kind: "sound"; readonly path: string }
  /** It is gone or was changed, and does not count any more. @property absent It is not here at all. */
  | { readonly kind: "damaged"; readonly problem: string; readonly absent?: true };
