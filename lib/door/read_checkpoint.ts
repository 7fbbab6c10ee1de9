/** What a checkpoint file says of itself. */
import { decodeTensors } from "../formats/safetensors.ts";
import { type CheckpointRecord, parseCheckpoint } from "../records/checkpoint.ts";

/**
 * What a checkpoint file says of itself.
 *
 * ```ts
 * import { readCheckpoint } from "./lib/mod.ts";
 *
 * const said = readCheckpoint(checkpoint, "tones.safetensors");
 * console.log(said?.classes, said?.frontend.trained); // ["low", "high"] ["mel"]
 * ```
 *
 * @param bytes A safetensors file. @param name Names it in errors.
 * @returns Null if it says nothing, being from elsewhere.
 * @throws {UserError} `bad-file` if it is damaged.
 */
export function readCheckpoint(bytes: Uint8Array, name: string): CheckpointRecord | null {
  return parseCheckpoint(decodeTensors(bytes, name).metadata, name);
}
