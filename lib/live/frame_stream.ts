/** Which networks listen frame by frame, and which in windows. */
import { UserError } from "../base/errors.ts";
import { openStream } from "../incremental/open.ts";
import type { NetworkStream } from "../incremental/stream.ts";
import type { ClipNetwork } from "./clip_network.ts";

/** Frames that wait longer than this for what comes after them come too late: windows are quicker then. */
const LONGEST_DELAY_SECONDS = 0.25;

/**
 * @param open Its tensors are read now and not needed later. @param hopSeconds From one decision to the next.
 * @param kernels The compiled kernels as a file, for memory of one thread.
 * @returns The network as a stream, or why it has to listen in windows.
 */
export async function frameStream(
  { checkpoint, state }: Pick<ClipNetwork, "checkpoint" | "state">,
  hopSeconds: number,
  kernels: Uint8Array<ArrayBuffer>,
): Promise<NetworkStream | { readonly reason: string }> {
  const { frontend, model, classes: { length: classes }, clipSamples } = checkpoint;
  const spec = { frontend, model, classes, clipSamples, hopSeconds };
  try {
    const stream = await openStream(spec, state, kernels);
    if (stream.delaySeconds <= LONGEST_DELAY_SECONDS) return stream;
    const seconds = stream.delaySeconds.toFixed(2);
    return {
      reason: `Frame by frame it would decide ${seconds} s late: its frames wait for those after them.`,
    };
  } catch (error) {
    if (!(error instanceof UserError && error.reason === "bad-config")) throw error;
    return { reason: error.message };
  }
}
