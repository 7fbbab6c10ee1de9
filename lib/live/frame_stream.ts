/** Which networks listen frame by frame, and which in windows. */
import { UserError } from "../base/errors.ts";
import { openStream } from "../incremental/open.ts";
import type { NetworkStream } from "../incremental/stream.ts";
import type { ClipNetwork } from "./clip_network.ts";

/** Frames that wait longer than this for what comes after them come too late: windows are quicker then. */
const LONGEST_DELAY_SECONDS = 0.25;

/** What is made a stream of: its tensors are read now and not needed later. */
type Streamed = Pick<ClipNetwork, "checkpoint" | "state">;

/**
 * @param open Its tensors are read now and not needed later. @param hopSeconds From one decision to the next.
 * @param kernels The compiled kernels as a file, for memory of one thread.
 * @returns The network as a stream, or why it has to listen in windows.
 */
export async function frameStream(
  open: Streamed,
  hopSeconds: number,
  kernels: Uint8Array<ArrayBuffer>,
): Promise<NetworkStream | { readonly reason: string }> {
  try {
    const stream = await networkStream(open, hopSeconds, kernels);
    const reason = lateReason(stream);
    return reason === null ? stream : { reason };
  } catch (error) {
    if (!(error instanceof UserError && error.reason === "bad-config")) throw error;
    return { reason: error.message };
  }
}

/** The same, however late it decides. @throws {UserError} `bad-config`: it has no form for streams. */
export function networkStream(
  { checkpoint, state }: Streamed,
  hopSeconds: number,
  kernels: Uint8Array<ArrayBuffer>,
): Promise<NetworkStream> {
  const { frontend, model, classes: { length: classes }, clipSamples } = checkpoint;
  return openStream({ frontend, model, classes, clipSamples, hopSeconds }, state, kernels);
}

/** Why a stream comes too late; null: it does not. */
export function lateReason({ delaySeconds }: Pick<NetworkStream, "delaySeconds">): string | null {
  if (delaySeconds <= LONGEST_DELAY_SECONDS) return null;
  return `Frame by frame it would decide ${
    delaySeconds.toFixed(2)
  } s late: its frames wait for those after them.`;
}
