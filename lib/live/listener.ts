/** A trained classifier that listens to a stream: frame by frame where its network allows it, else in windows. */
import * as tf from "@tensorflow/tfjs";
import { decodeTensors } from "../formats/safetensors.ts";
import type { Decision, NetworkStream } from "../incremental/stream.ts";
import { copied } from "../nn/state.ts";
import type { ClipCheckpoint } from "../records/clip_checkpoint.ts";
import { type ClipNetwork, openClipNetwork } from "./clip_network.ts";
import { frameStream } from "./frame_stream.ts";
import { ResampledStream } from "./resampled_stream.ts";
import { type Window, WindowStream } from "./windows.ts";

/** How a stream is listened to. */
export interface ListenerOptions {
  /** Of what is pushed, in Hz, a whole number. */
  readonly inputRate: number;
  /** From one decision to the next, rounded to whole frames. */
  readonly hopSeconds: number;
  /** The compiled kernels as a file, for memory of one thread. */
  readonly kernels: Uint8Array<ArrayBuffer>;
}

/** What a listener makes of a stream. Holds tensors until it is disposed of, where it listens in windows. */
export interface Listener extends Disposable {
  /** What the checkpoint says of itself. */
  readonly checkpoint: ClipCheckpoint;
  /** `frames`: each frame of the stream is computed once. `windows`: each decision is made anew on a clip. */
  readonly by: "frames" | "windows";
  /** Why it listens in windows; null where it does not. */
  readonly reason: string | null;
  /** How long after the end of what it is about a decision can be made. */
  readonly delaySeconds: number;
  /**
   * Takes in a block of any length. @returns The decisions that can be made now, the oldest first; none before as much was heard as
   * a clip has.
   */
  push(block: Float32Array): Promise<readonly Decision[]>;
  /** Ends the stream. @returns The decisions that are left. Afterwards it is as new. */
  flush(): Promise<readonly Decision[]>;
  /** Begins anew: nothing that was heard is left. */
  reset(): void;
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
  options: ListenerOptions,
): Promise<Listener> {
  const open = await openClipNetwork(decodeTensors(bytes, name), name);
  try {
    const streamed = await frameStream(open, options.hopSeconds, options.kernels);
    if (!("reason" in streamed)) {
      open[Symbol.dispose]();
      return new FrameListener(open.checkpoint, streamed, options.inputRate);
    }
    return new WindowListener(open, streamed.reason, options);
  } catch (error) {
    open[Symbol.dispose]();
    throw error;
  }
}

class FrameListener implements Listener {
  readonly by = "frames";
  readonly reason = null;
  readonly checkpoint: ClipCheckpoint;
  readonly delaySeconds: number;
  readonly #stream: NetworkStream;
  readonly #resampled: ResampledStream;

  constructor(checkpoint: ClipCheckpoint, stream: NetworkStream, inputRate: number) {
    this.checkpoint = checkpoint;
    this.delaySeconds = stream.delaySeconds;
    this.#stream = stream;
    this.#resampled = new ResampledStream(inputRate, checkpoint.sampleRate);
  }

  push(block: Float32Array): Promise<readonly Decision[]> {
    return Promise.resolve(this.#stream.push(this.#resampled.push(block)));
  }

  flush(): Promise<readonly Decision[]> {
    return Promise.resolve([...this.#stream.push(this.#resampled.flush()), ...this.#stream.flush()]);
  }

  reset(): void {
    this.#resampled.flush();
    this.#stream.reset();
  }

  [Symbol.dispose](): void {}
}

class WindowListener implements Listener {
  readonly by = "windows";
  readonly reason: string;
  readonly checkpoint: ClipCheckpoint;
  readonly delaySeconds = 0;
  readonly #open: ClipNetwork;
  readonly #options: ListenerOptions;
  #windows: WindowStream;

  constructor(open: ClipNetwork, reason: string, options: ListenerOptions) {
    this.reason = reason;
    this.checkpoint = open.checkpoint;
    this.#open = open;
    this.#options = options;
    this.#windows = this.#newStream();
  }

  async push(block: Float32Array): Promise<readonly Decision[]> {
    return await this.#decided(this.#windows.push(block));
  }

  async flush(): Promise<readonly Decision[]> {
    const left = this.#windows.flush();
    this.reset();
    return await this.#decided(left);
  }

  reset(): void {
    this.#windows = this.#newStream();
  }

  [Symbol.dispose](): void {
    this.#open[Symbol.dispose]();
  }

  #newStream(): WindowStream {
    const { network: { framing: { hopSamples } }, sampleRate, clipSamples } = this.#open;
    const { inputRate, hopSeconds } = this.#options;
    const stepSamples = Math.max(1, Math.round(hopSeconds * sampleRate / hopSamples)) * hopSamples;
    return new WindowStream(inputRate, { sampleRate, clipSamples, stepSamples });
  }

  async #decided(windows: readonly Window[]): Promise<readonly Decision[]> {
    const { network, state, sampleRate, clipSamples } = this.#open;
    const decisions: Decision[] = [];
    for (const { samples, end } of windows) {
      if (end < clipSamples) continue;
      const made = tf.tidy(() => {
        const wave = tf.tensor2d(samples, [1, clipSamples]);
        const logits = network.forward(state, wave, { training: false }, 0);
        return [logits, tf.softmax(logits)];
      });
      const [logits, probabilities] = await Promise.all(made.map(copied));
      tf.dispose(made);
      decisions.push({ seconds: end / sampleRate, logits: logits!, probabilities: probabilities! });
    }
    return decisions;
  }
}
