/** A trained classifier that listens to a stream: frame by frame where its network allows it, else in windows. */
import * as tf from "@tensorflow/tfjs";
import { decodeTensors } from "../formats/safetensors.ts";
import { copied } from "../nn/state.ts";
import { type ClipNetwork, openClipNetwork } from "./clip_network.ts";
import { frameStream } from "./frame_stream.ts";
import { type ClipDecider, FrameListener, type Listener, WindowListener } from "./pacing.ts";

export type { Listener };

/** How a stream is listened to. */
export interface ListenerOptions {
  /** Of what is pushed, in Hz, a whole number. */
  readonly inputRate: number;
  /** From one decision to the next, rounded to whole frames. */
  readonly hopSeconds: number;
  /** The compiled kernels as a file, for memory of one thread. */
  readonly kernels: Uint8Array<ArrayBuffer>;
}

/**
 * A checkpoint of a keyword spotter that listens to a stream.
 *
 * @param bytes A safetensors file. @param name Names it in errors.
 * @throws {UserError} `bad-file` as `openRecogniser` does.
 */
export async function listenerOf(
  bytes: Uint8Array,
  name: string,
  { inputRate, hopSeconds, kernels }: ListenerOptions,
): Promise<Listener> {
  const open = await openClipNetwork(decodeTensors(bytes, name), name);
  const close = () => open[Symbol.dispose]();
  try {
    const streamed = await frameStream(open, hopSeconds, kernels);
    if (!("reason" in streamed)) {
      close();
      return new FrameListener(open.checkpoint, streamed, inputRate);
    }
    const { hopSamples } = open.network.framing;
    const pace = { inputRate, hopSeconds, hopSamples };
    return new WindowListener(open.checkpoint, streamed.reason, pace, deciderOf(open), close);
  } catch (error) {
    close();
    throw error;
  }
}

function deciderOf({ network, state, clipSamples }: ClipNetwork): ClipDecider {
  return async (clip) => {
    const made = tf.tidy(() => {
      const wave = tf.tensor2d(clip, [1, clipSamples]);
      const logits = network.forward(state, wave, { training: false }, 0);
      return [logits, tf.softmax(logits)];
    });
    const [logits, probabilities] = await Promise.all(made.map(copied));
    tf.dispose(made);
    return { logits: logits!, probabilities: probabilities! };
  };
}
