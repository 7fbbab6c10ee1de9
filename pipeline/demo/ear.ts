/** How the page listens: by frames where the network allows it, else in windows. Pure. */
import { amplitudeOfDb, rms } from "../../lib/audio/level.ts";
import { Rng } from "../../lib/base/random.ts";
import { SILENCE } from "../../lib/data/words_layout/vocabulary.ts";
import { decodeTensors } from "../../lib/formats/safetensors.ts";
import { type FrontendStream, openFrontendStream } from "../../lib/incremental/frontend_stream.ts";
import type { Decision, NetworkStream } from "../../lib/incremental/stream.ts";
import { type ClipNetwork, openClipNetwork } from "../../lib/live/clip_network.ts";
import { frameStream } from "../../lib/live/frame_stream.ts";
import type { Recogniser } from "../../lib/live/recogniser.ts";
import { type Window, WindowStream } from "../../lib/live/windows.ts";
import { createState, disposeState } from "../../lib/nn/state.ts";

/** A stretch of a stream, with what was made of it. */
export interface Stretch {
  /** From the stream's beginning to the end of the stretch. */
  readonly seconds: number;
  /** At the model's rate. */
  readonly wave: Float32Array;
  /** `[frames, bands]`, those that came with the stretch. */
  readonly learned: Float32Array;
  readonly initial: Float32Array;
  /** On windows; none before as much was heard as a clip has. */
  readonly decisions: readonly Pick<Decision, "seconds" | "probabilities">[];
}

/** What a model listens with: to one stream at a time. */
export interface Ear {
  readonly by: "frames" | "windows";
  /** Why in windows; null where by frames. */
  readonly reason: string | null;
  /** How long after a window's end a decision on it can be made. */
  readonly delaySeconds: number;
  /** From one decision to the next. */
  readonly hopSeconds: number;
  /** Begins anew. @param inputRate Of what comes, in Hz, a whole number. */
  begin(inputRate: number): void;
  /** Takes in a block of any length. @returns What ends in it, one {@link hopSeconds} behind the other. */
  cut(block: Float32Array): readonly Window[];
  /** Makes of it what can be made, in order; of windows those may be left out that come too fast. */
  hear(cut: Window): Promise<Stretch>;
}

/** A window whose loudest stretch is softer than this, in dB of full scale, is silence, whatever a network makes of it. */
const [SILENCE_DB, STRETCH_SECONDS] = [-60, 0.03];
/** Frames at a window's end that see its reflected edge; those before are as in an endless stream. */
const EDGE_FRAMES = 2;

export interface EarOptions {
  /** Listens in windows, and is not disposed of. */
  readonly recogniser: Recogniser;
  /** From one decision to the next, rounded to whole frames. */
  readonly hopSeconds: number;
  /** The compiled kernels as a file, for memory of one thread. */
  readonly kernels: Uint8Array<ArrayBuffer>;
}

/**
 * @param bytes A checkpoint, the same that `recogniser` has. @param name Names it in errors.
 */
export async function openEar(
  bytes: Uint8Array,
  name: string,
  { recogniser, hopSeconds, kernels }: EarOptions,
): Promise<Ear> {
  using open = await openClipNetwork(decodeTensors(bytes, name), name);
  const stream = await frameStream(open, hopSeconds, kernels);
  if ("reason" in stream) return new WindowEar(recogniser, hopSeconds, stream.reason);
  return await FrameEar.open(open, stream, kernels);
}

/** The front-end as it was trained and as it began; the same where nothing was trained. */
interface Views {
  readonly learned: FrontendStream;
  readonly initial: FrontendStream;
}

class FrameEar implements Ear {
  readonly by = "frames";
  readonly reason = null;
  readonly delaySeconds: number;
  readonly hopSeconds: number;
  readonly #stream: NetworkStream;
  readonly #views: Views;
  readonly #classes: readonly string[];
  readonly #clipSamples: number;
  #cutter: WindowStream;
  /** The last samples: a window and what decisions wait for. */
  readonly #recent: Float32Array;

  static async open(
    open: ClipNetwork,
    stream: NetworkStream,
    kernels: Uint8Array<ArrayBuffer>,
  ): Promise<Ear> {
    const { checkpoint: { frontend }, clipSamples, network } = open;
    const learned = await openFrontendStream(frontend, open.state, clipSamples, kernels);
    if (frontend.trained.length === 0) return new FrameEar(open, stream, { learned, initial: learned });
    const specs = network.specs.filter(({ group }) => group !== "model");
    const state = createState({ specs }, Rng.fromSeed(0));
    try {
      const initial = await openFrontendStream(frontend, state, clipSamples, kernels);
      return new FrameEar(open, stream, { learned, initial });
    } finally {
      disposeState(state);
    }
  }

  private constructor(
    { classes, clipSamples, sampleRate }: ClipNetwork,
    stream: NetworkStream,
    views: Views,
  ) {
    this.#stream = stream;
    this.#views = views;
    this.#classes = classes;
    this.#clipSamples = clipSamples;
    this.delaySeconds = stream.delaySeconds;
    this.hopSeconds = stream.hopSeconds;
    this.#recent = new Float32Array(
      clipSamples + Math.ceil(stream.delaySeconds * sampleRate) + this.#hopSamples,
    );
    this.#cutter = this.#newCutter(sampleRate);
  }

  get #hopSamples(): number {
    return Math.round(this.hopSeconds * this.#stream.sampleRate);
  }

  begin(inputRate: number): void {
    this.#cutter = this.#newCutter(inputRate);
    this.#stream.reset();
    this.#views.learned.reset();
    this.#views.initial.reset();
    this.#recent.fill(0);
  }

  cut(block: Float32Array): readonly Window[] {
    return this.#cutter.push(block);
  }

  hear({ samples, end }: Window): Promise<Stretch> {
    const { sampleRate } = this.#stream;
    this.#recent.copyWithin(0, samples.length);
    this.#recent.set(samples, this.#recent.length - samples.length);
    const decisions = this.#stream.push(samples).map(({ seconds, probabilities }) => {
      const first = this.#recent.length - (end - Math.round(seconds * sampleRate)) - this.#clipSamples;
      const window = this.#recent.subarray(first, first + this.#clipSamples);
      return {
        seconds,
        probabilities: isSilent(window, sampleRate) ? silence(this.#classes) : probabilities,
      };
    });
    const { learned, initial } = this.#views;
    const seen = learned.push(samples);
    const before = initial === learned ? seen : initial.push(samples);
    return Promise.resolve({
      seconds: end / sampleRate,
      wave: samples,
      learned: seen,
      initial: before,
      decisions,
    });
  }

  /** Windows of one hop follow on each other without a gap. */
  #newCutter(inputRate: number): WindowStream {
    const [sampleRate, hop] = [this.#stream.sampleRate, this.#hopSamples];
    return new WindowStream(inputRate, { sampleRate, clipSamples: hop, stepSamples: hop });
  }
}

class WindowEar implements Ear {
  readonly by = "windows";
  readonly reason: string;
  readonly delaySeconds = 0;
  readonly hopSeconds: number;
  readonly #recogniser: Recogniser;
  readonly #stepSamples: number;
  #cutter: WindowStream;
  #heardTo = 0;

  constructor(recogniser: Recogniser, hopSeconds: number, reason: string) {
    const { hopSamples, checkpoint: { sampleRate } } = recogniser;
    this.reason = reason;
    this.#recogniser = recogniser;
    this.#stepSamples = Math.max(1, Math.round(sampleRate * hopSeconds / hopSamples)) * hopSamples;
    this.hopSeconds = this.#stepSamples / sampleRate;
    this.#cutter = this.#newCutter(sampleRate);
  }

  begin(inputRate: number): void {
    this.#cutter = this.#newCutter(inputRate);
    this.#heardTo = 0;
  }

  cut(block: Float32Array): readonly Window[] {
    return this.#cutter.push(block);
  }

  async hear({ samples, end }: Window): Promise<Stretch> {
    const { checkpoint: { sampleRate, clipSamples, classes }, frames, hopSamples } = this.#recogniser;
    const heard = await this.#recogniser.recognise(samples);
    const fresh = Math.min(end - this.#heardTo, samples.length);
    this.#heardTo = end;
    const last = frames - EDGE_FRAMES;
    const first = Math.max(0, last - Math.round(fresh / hopSamples));
    const probabilities = isSilent(samples, sampleRate) ? silence(classes) : heard.probabilities;
    return {
      seconds: end / sampleRate,
      wave: samples.slice(samples.length - fresh),
      learned: frameMajor(heard.learned, frames, first, last),
      initial: frameMajor(heard.initial, frames, first, last),
      // A window that begins before the stream does holds silence that nobody heard: nothing is decided on it.
      decisions: end < clipSamples ? [] : [{ seconds: end / sampleRate, probabilities }],
    };
  }

  #newCutter(inputRate: number): WindowStream {
    const { sampleRate, clipSamples } = this.#recogniser.checkpoint;
    return new WindowStream(inputRate, { sampleRate, clipSamples, stepSamples: this.#stepSamples });
  }
}

function isSilent(samples: Float32Array, sampleRate: number): boolean {
  const stretch = Math.round(STRETCH_SECONDS * sampleRate);
  for (let at = 0; at < samples.length; at += stretch) {
    if (rms(samples.subarray(at, at + stretch)) >= amplitudeOfDb(SILENCE_DB)) return false;
  }
  return true;
}

/** What a window without any sound is. */
function silence(classes: readonly string[]): Float32Array {
  return Float32Array.from(classes, (name) => name === SILENCE ? 1 : 0);
}

/** `[bands, frames]` to `[last - first, bands]`. */
function frameMajor(values: Float32Array, frames: number, first: number, last: number): Float32Array {
  const bands = values.length / frames;
  const columns = new Float32Array((last - first) * bands);
  for (let frame = first; frame < last; frame++) {
    for (let band = 0; band < bands; band++) {
      columns[(frame - first) * bands + band] = values[band * frames + frame]!;
    }
  }
  return columns;
}
