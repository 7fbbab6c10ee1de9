/** Checkpoints as they are handed on: with the operating point that a stream chose, where one did. */
import type { Store } from "../../engine/store/store_io.ts";
import type { StoredOutput } from "../../engine/types.ts";

/**
 * @param run As the command calls it. @param checkpoint One of its states.
 * @returns The same tensors with an operating point, as the run's last stream wrote them; undefined: it listened to none
 *   with this state.
 */
export function tunedOutput(store: Store, run: string, checkpoint: StoredOutput): StoredOutput | undefined {
  const receipt = store.lastReceipt(`stream/${run}`);
  if (receipt?.fingerprint.inputs["checkpoint"] !== checkpoint.digest) return undefined;
  return receipt.outputs["checkpoint.safetensors"];
}
