/** The page's recognising worker: opens a backend, loads a model, and turns sound into probabilities and words. */
import { openBrowserBackend } from "../../lib/backend/browser_io.ts";
import { workerScope } from "../../lib/base/worker_scope.ts";
import { resampler } from "../../lib/audio/resample.ts";
import { decodeClip } from "../../lib/data/decode_clip.ts";
import { amplitudeOfDb, rms } from "../../lib/audio/level.ts";
import { pcmRecording } from "../../lib/audio/recording.ts";
import { roundTo16 } from "../../lib/audio/wav.ts";
import { SILENCE } from "../../lib/data/words_layout/vocabulary.ts";
import { wordsOfParts } from "../../lib/frontends/front_end.ts";
import { Detector, type DetectorOptions } from "../../lib/live/detector.ts";
import { type Heard, openRecogniser, type Recogniser } from "../../lib/live/recogniser.ts";
import { type Window, WindowStream } from "../../lib/live/windows.ts";
import type { Block, HeardWindow, LoadedModel, Order, Report } from "./messages.ts";
import { FILES } from "./routes.ts";

/** When a model says a word whose checkpoint does not tell. */
const USUAL = { hopSeconds: 0.1, smoothing: 4, patience: 2 };
/** A window whose loudest stretch is softer than this, in dB of full scale, is silence, whatever a network makes of it. */
const [SILENCE_DB, STRETCH_SECONDS] = [-60, 0.03];
/** More threads than this only wait for each other over a single clip. */
const MOST_THREADS = 4;
/** Frames at a window's end that see its reflected edge; those before are as in an endless stream. */
const EDGE_FRAMES = 2;

const scope = workerScope<Order, Report>();

/** Orders are carried out one after the other. */
let queue: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  queue = queue.then(() => obey(data)).catch((error: unknown) => {
    scope.postMessage({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  });
};

let session: Session | undefined;

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case "open": {
      const threads = Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency ?? 1));
      const { name, device } = await openBrowserBackend(order.backend, FILES, threads);
      scope.postMessage({ type: "opened", backend: name, device });
      break;
    }
    case "load": {
      const response = await fetch(order.address);
      if (!response.ok) throw new Error(`Cannot load ${order.run}: the server says ${response.status}.`);
      session?.close();
      const bytes = new Uint8Array(await response.arrayBuffer());
      session = await Session.open(bytes, order.run);
      await session.warmUp();
      scope.postMessage({ type: "loaded", model: session.describe(order.run) });
      break;
    }
    case "listen":
      session?.listen(order.port, order.sampleRate);
      break;
    case "stop":
      session?.stop();
      break;
    case "file":
      await session?.file(order.name, new Uint8Array(order.bytes));
      break;
    case "threshold":
      session?.setThreshold(order.threshold);
      break;
    default:
      throw order satisfies never;
  }
}

/** One model at work. */
class Session {
  readonly #recogniser: Recogniser;
  /** Parts of the front-end, in words. */
  readonly #trained: readonly string[];
  readonly #stepSamples: number;
  readonly #rule: Omit<DetectorOptions, "classes" | "threshold"> & { readonly hopSeconds: number };
  #threshold: number;
  #detector: Detector;
  #port: MessagePort | undefined;
  #busy = false;
  /** The newest window that waits for the one at work; older ones are given up. */
  #waiting: { readonly window: Window; readonly captured: number } | undefined;
  #sentTo = 0;
  /** When the last word was said. */
  #said = -Infinity;

  static async open(bytes: Uint8Array, run: string): Promise<Session> {
    const recogniser = await openRecogniser(bytes, run);
    const { frontend } = recogniser.checkpoint;
    const words = await wordsOfParts(frontend);
    return new Session(recogniser, frontend.trained.map((part) => words[part] ?? part));
  }

  private constructor(recogniser: Recogniser, trained: readonly string[]) {
    this.#recogniser = recogniser;
    this.#trained = trained;
    const { hopSamples, checkpoint: { sampleRate, clipSamples, operatingPoint } } = recogniser;
    // One word is one detection for as long as a window has any of it.
    const refractorySeconds = clipSamples / sampleRate + USUAL.smoothing * USUAL.hopSeconds;
    this.#rule = operatingPoint ?? { ...USUAL, refractorySeconds };
    this.#threshold = operatingPoint?.threshold ?? 0.5;
    this.#stepSamples = Math.max(1, Math.round(sampleRate * this.#rule.hopSeconds / hopSamples)) * hopSamples;
    this.#detector = this.#newDetector();
  }

  describe(run: string): LoadedModel {
    const { checkpoint, hopSamples, shown } = this.#recogniser;
    const { classes, sampleRate, clipSamples, operatingPoint } = checkpoint;
    const [bands, trained, threshold] = [this.#bands, this.#trained, operatingPoint?.threshold ?? null];
    return { run, classes, sampleRate, clipSamples, hopSamples, bands, shown, trained, threshold };
  }

  /** Of what is shown: its axis beside that of time. */
  get #bands(): number {
    return this.#recogniser.shown.axes.reduce((size, axis) => size * (axis.size ?? 1), 1);
  }

  /** The first time costs more: shaders are compiled, memory is taken. */
  async warmUp(): Promise<void> {
    await this.#recogniser.recognise(new Float32Array(this.#recogniser.checkpoint.clipSamples));
  }

  setThreshold(value: number): void {
    this.#threshold = value;
    this.#detector.threshold = value;
  }

  listen(port: MessagePort, sampleRate: number): void {
    this.stop();
    const stream = this.#open(sampleRate);
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<Block>) => {
      // A block is sent when its last sample is there: its first has waited for as long as the block is.
      const captured = performance.now() - 1000 * data.length / sampleRate;
      for (const window of stream.push(data)) this.#offer(window, captured);
    };
  }

  stop(): void {
    this.#port?.close();
    this.#port = undefined;
    this.#waiting = undefined;
  }

  /** A clip's own figures first, then the whole file as if somebody said it. */
  async file(name: string, bytes: Uint8Array): Promise<void> {
    this.stop();
    const { sampleRate, clipSamples } = this.#recogniser.checkpoint;
    const recording = pcmRecording(bytes, name);
    const shape = { sampleRate, clipSamples };
    const clip = decodeClip(recording, 0, shape, (rate) => resampler(rate, sampleRate));
    const { logits, probabilities } = await this.#recogniser.recognise(
      roundTo16(clip),
    );
    const seconds = recording.frames / recording.sampleRate;
    scope.postMessage({ type: "clip", name, seconds, logits, probabilities });
    const stream = this.#open(recording.sampleRate);
    const hear = async (part: Float32Array) => {
      for (const window of stream.push(part)) await this.#recognise(window, performance.now());
    };
    for (let at = 0; at < recording.frames; at += recording.sampleRate) {
      await hear(recording.decode(at, Math.min(recording.sampleRate, recording.frames - at)));
    }
    // Silence behind the end brings the last word to where a window has it in its middle.
    await hear(new Float32Array(Math.round(recording.sampleRate * clipSamples / sampleRate / 2)));
    scope.postMessage({ type: "ended", name, seconds });
  }

  close(): void {
    this.stop();
    this.#recogniser[Symbol.dispose]();
  }

  #open(inputRate: number): WindowStream {
    const { sampleRate, clipSamples } = this.#recogniser.checkpoint;
    this.#detector = this.#newDetector();
    this.#sentTo = 0;
    this.#said = -Infinity;
    return new WindowStream(inputRate, { sampleRate, clipSamples, stepSamples: this.#stepSamples });
  }

  #newDetector(): Detector {
    return new Detector({
      ...this.#rule,
      classes: this.#recogniser.checkpoint.classes,
      threshold: this.#threshold,
    });
  }

  #offer(window: Window, captured: number): void {
    if (this.#busy) {
      this.#waiting = { window, captured };
      return;
    }
    this.#busy = true;
    this.#recognise(window, captured).catch((error: Error) => {
      scope.postMessage({ type: "failed", message: error.message });
    }).finally(() => {
      this.#busy = false;
      const next = this.#waiting;
      this.#waiting = undefined;
      if (next !== undefined) this.#offer(next.window, next.captured);
    });
  }

  async #recognise({ samples, end }: Window, captured: number): Promise<void> {
    const started = performance.now();
    const heard = await this.#recogniser.recognise(samples);
    const finished = performance.now();
    const { sampleRate, clipSamples } = this.#recogniser.checkpoint;
    const probabilities = this.#isSilent(samples) ? this.#silence : heard.probabilities;
    // A window that begins before the stream does holds silence that nobody heard: nothing is decided on it.
    const { smoothed, detection } = end < clipSamples
      ? { smoothed: probabilities, detection: undefined }
      : this.#detector.add(probabilities, end / sampleRate);
    const report: HeardWindow = {
      seconds: end / sampleRate,
      probabilities: smoothed,
      ...this.#news(samples, end, heard),
      ...(detection === undefined || this.#isEcho(detection.seconds) ? {} : { detection }),
      computeMs: finished - started,
      lagMs: finished - captured,
    };
    scope.postMessage({ type: "heard", ...report });
  }

  /**
   * Whether a word comes while windows may still hold the one before: a part of a word at a window's edge looks like
   * another. Where a stream chose when words are said, it has seen that.
   */
  #isEcho(seconds: number): boolean {
    if (this.#recogniser.checkpoint.operatingPoint !== undefined) return false;
    if (seconds - this.#said < this.#rule.refractorySeconds) return true;
    this.#said = seconds;
    return false;
  }

  /** What a window without any sound is. */
  get #silence(): Float32Array {
    return Float32Array.from(this.#recogniser.checkpoint.classes, (name) => name === SILENCE ? 1 : 0);
  }

  #isSilent(samples: Float32Array): boolean {
    const stretch = Math.round(STRETCH_SECONDS * this.#recogniser.checkpoint.sampleRate);
    for (let at = 0; at < samples.length; at += stretch) {
      if (rms(samples.subarray(at, at + stretch)) >= amplitudeOfDb(SILENCE_DB)) return false;
    }
    return true;
  }

  /** What of sound and bands came since the window before. */
  #news(
    samples: Float32Array,
    end: number,
    { learned, initial }: Heard,
  ): Pick<HeardWindow, "wave" | "learned" | "initial"> {
    const { frames, hopSamples } = this.#recogniser;
    const fresh = Math.min(end - this.#sentTo, samples.length);
    this.#sentTo = end;
    const last = frames - EDGE_FRAMES;
    const first = Math.max(0, last - Math.round(fresh / hopSamples));
    return {
      wave: samples.slice(samples.length - fresh),
      learned: frameMajor(learned, this.#bands, frames, first, last),
      initial: frameMajor(initial, this.#bands, frames, first, last),
    };
  }
}

/** `[bands, frames]` to `[last - first, bands]`. */
function frameMajor(
  values: Float32Array,
  bands: number,
  frames: number,
  first: number,
  last: number,
): Float32Array {
  const columns = new Float32Array((last - first) * bands);
  for (let frame = first; frame < last; frame++) {
    for (let band = 0; band < bands; band++) {
      columns[(frame - first) * bands + band] = values[band * frames + frame]!;
    }
  }
  return columns;
}
