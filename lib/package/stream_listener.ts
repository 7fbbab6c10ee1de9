/** A checkpoint that listens without tensors: frame by frame, or where that would be late, window by window. */
import { UserError } from "../base/errors.ts";
import { decodeTensors } from "../formats/safetensors.ts";
import { planSteps } from "../frontends/plan.ts";
import { openStream } from "../incremental/open.ts";
import type { Decision, NetworkStream } from "../incremental/stream.ts";
import { type ClipNetwork, openClipNetwork } from "../live/clip_network.ts";
import type { Listener } from "../live/listener.ts";
import { ResampledStream } from "../live/resampled_stream.ts";
import { type Window, WindowStream } from "../live/windows.ts";
import { type ClipCheckpoint, clipCheckpoint } from "../records/clip_checkpoint.ts";

/** What listens to a stream, as `lib/live` has it. */
export interface StreamListenerOptions {
  /** Of what is pushed, in Hz, a whole number. */
  readonly inputRate: number;
  /** From one decision to the next, rounded to whole frames. */
  readonly hopSeconds: number;
  /** The compiled kernels as a file, for memory of one thread. */
  readonly kernels: Uint8Array<ArrayBuffer>;
}

/** Frames that wait longer than this for what comes after them come too late: windows are quicker then. */
const LONGEST_DELAY_SECONDS = 0.25;
/** Of what a model file may ask for: more is damage or malice, and would only fill the memory. */
const MOST = { rate: 384_000, clipSeconds: 60, classes: 10_000, values: 2 ** 26 } as const;

/**
 * Checks what a model file says of itself before anything is made of it: what a page loads may come from anywhere.
 *
 * @param bytes A safetensors file. @param name Names it in errors.
 * @throws {UserError} `bad-file` if it is no keyword spotter of this library, or says sizes that none has.
 */
export async function checkedModel(bytes: Uint8Array, name: string): Promise<ClipCheckpoint> {
  const checkpoint = clipCheckpoint(decodeTensors(bytes, name), name);
  const { sampleRate, clipSamples, classes, frontend } = checkpoint;
  within(name, "a sample rate in Hz", sampleRate, MOST.rate);
  within(name, "seconds of a clip", clipSamples / sampleRate, MOST.clipSeconds);
  within(name, "classes", classes.length, MOST.classes);
  const chain = await planSteps(frontend.steps);
  const values = [...chain.specs, ...chain.frozenSpecs].reduce(
    (count, { shape }) => count + shape.reduce((size, n) => size * n, 1),
    chain.framing.frames(clipSamples),
  );
  within(name, "values in its front-end and its frames", values, MOST.values);
  return checkpoint;
}

/**
 * @param bytes A safetensors file that was checked. @param name Names it in errors.
 * @returns What listens, or why it takes tensors to do so.
 * @throws {UserError} `bad-file` if its tensors are not those of the network that it names.
 */
export async function streamListener(
  bytes: Uint8Array,
  name: string,
  options: StreamListenerOptions,
): Promise<Listener | { readonly needsTensors: string }> {
  const open = await openClipNetwork(decodeTensors(bytes, name), name);
  const { hopSeconds, inputRate } = options;
  try {
    const stream = await streamOf(open, hopSeconds, options.kernels);
    if (stream.delaySeconds <= LONGEST_DELAY_SECONDS) {
      return new FrameListener(open.checkpoint, stream, inputRate);
    }
    const { sampleRate, clipSamples, network: { framing: { hopSamples } } } = open;
    const whole = await streamOf(open, clipSamples / sampleRate, options.kernels);
    const stepSamples = Math.max(1, Math.round(hopSeconds * sampleRate / hopSamples)) * hopSamples;
    return new WindowListener(open.checkpoint, whole, { inputRate, stepSamples, delay: stream.delaySeconds });
  } catch (error) {
    if (!(error instanceof UserError && error.reason === "bad-config")) throw error;
    return { needsTensors: error.message };
  } finally {
    open[Symbol.dispose]();
  }
}

function streamOf(
  { checkpoint, state }: Pick<ClipNetwork, "checkpoint" | "state">,
  hopSeconds: number,
  kernels: Uint8Array<ArrayBuffer>,
): Promise<NetworkStream> {
  const { frontend, model, classes: { length: classes }, clipSamples } = checkpoint;
  return openStream({ frontend, model, classes, clipSamples, hopSeconds }, state, kernels);
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

/** Each window is a stream of its own that ends with it, so that its logits are those of a clip. */
class WindowListener implements Listener {
  readonly by = "windows";
  readonly delaySeconds = 0;
  readonly checkpoint: ClipCheckpoint;
  readonly reason: string;
  readonly #whole: NetworkStream;
  readonly #newStream: () => WindowStream;
  #windows: WindowStream;

  constructor(
    checkpoint: ClipCheckpoint,
    whole: NetworkStream,
    { inputRate, stepSamples, delay }: {
      readonly inputRate: number;
      readonly stepSamples: number;
      readonly delay: number;
    },
  ) {
    const { sampleRate, clipSamples } = checkpoint;
    this.checkpoint = checkpoint;
    this.reason = `Frame by frame it would decide ${
      delay.toFixed(2)
    } s late: its frames wait for those after them.`;
    this.#whole = whole;
    this.#newStream = () => new WindowStream(inputRate, { sampleRate, clipSamples, stepSamples });
    this.#windows = this.#newStream();
  }

  push(block: Float32Array): Promise<readonly Decision[]> {
    return Promise.resolve(this.#decided(this.#windows.push(block)));
  }

  flush(): Promise<readonly Decision[]> {
    const left = this.#windows.flush();
    this.reset();
    return Promise.resolve(this.#decided(left));
  }

  reset(): void {
    this.#windows = this.#newStream();
  }

  [Symbol.dispose](): void {}

  /** None before as much was heard as a clip has. */
  #decided(windows: readonly Window[]): Decision[] {
    const { sampleRate, clipSamples } = this.checkpoint;
    return windows.filter(({ end }) => end >= clipSamples).map(({ samples, end }) => {
      const decisions = [...this.#whole.push(samples), ...this.#whole.flush()];
      return { ...decisions.at(-1)!, seconds: end / sampleRate };
    });
  }
}

function within(name: string, what: string, found: number, most: number): void {
  if (found > 0 && found <= most) return;
  refuse(name, `${found} ${what}`, `more than 0, at most ${most}`);
}

function refuse(name: string, found: string, wanted: string): never {
  throw new UserError(
    "bad-file",
    `Cannot listen with ${name}: found ${found}, wanted ${wanted}. Take a model that this library exported.`,
  );
}
