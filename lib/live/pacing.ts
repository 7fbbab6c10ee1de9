/** How a stream of blocks becomes decisions, whatever makes them: frame by frame, or window by window. */
import type { Decision, NetworkStream } from "../incremental/stream.ts";
import type { ClipCheckpoint } from "../records/clip_checkpoint.ts";
import { ResampledStream } from "./resampled_stream.ts";
import { type Window, WindowStream } from "./windows.ts";

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

/** Each frame is computed once. */
export class FrameListener implements Listener {
  readonly by = "frames";
  readonly reason = null;
  readonly checkpoint: ClipCheckpoint;
  readonly delaySeconds: number;
  readonly #stream: NetworkStream;
  readonly #resampled: ResampledStream;

  /** @param inputRate Of what is pushed, in Hz. */
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

/** What a network makes of one clip `[clipSamples]`. */
export type ClipDecider = (clip: Float32Array) => Promise<Omit<Decision, "seconds">>;

export interface WindowPace {
  /** Of what is pushed, in Hz. */
  readonly inputRate: number;
  /** From one window to the next, in seconds, rounded to whole frames of {@link hopSamples}. */
  readonly hopSeconds: number;
  /** From one frame to the next, in samples at the model's rate. */
  readonly hopSamples: number;
}

/** Each window is decided on as a clip. */
export class WindowListener implements Listener {
  readonly by = "windows";
  readonly delaySeconds = 0;
  readonly checkpoint: ClipCheckpoint;
  readonly reason: string;
  readonly #pace: WindowPace;
  readonly #decide: ClipDecider;
  readonly #close: () => void;
  #windows: WindowStream;

  /** @param close Gives back what `decide` holds. */
  constructor(
    checkpoint: ClipCheckpoint,
    reason: string,
    pace: WindowPace,
    decide: ClipDecider,
    close: () => void = () => {},
  ) {
    this.checkpoint = checkpoint;
    this.reason = reason;
    this.#pace = pace;
    this.#decide = decide;
    this.#close = close;
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
    this.#close();
  }

  #newStream(): WindowStream {
    const { sampleRate, clipSamples } = this.checkpoint;
    const { inputRate, hopSeconds, hopSamples } = this.#pace;
    const stepSamples = Math.max(1, Math.round(hopSeconds * sampleRate / hopSamples)) * hopSamples;
    return new WindowStream(inputRate, { sampleRate, clipSamples, stepSamples });
  }

  /** None before as much was heard as a clip has. */
  async #decided(windows: readonly Window[]): Promise<readonly Decision[]> {
    const { sampleRate, clipSamples } = this.checkpoint;
    const decisions: Decision[] = [];
    for (const { samples, end } of windows) {
      if (end >= clipSamples) decisions.push({ ...await this.#decide(samples), seconds: end / sampleRate });
    }
    return decisions;
  }
}
