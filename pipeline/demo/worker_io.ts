/** The page's recognising worker: opens a backend, loads a model, and turns sound into probabilities and words. */
import { type BrowserFiles, openBrowserBackend } from "../../lib/backend/browser_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { workerScope } from "../../lib/base/worker_scope.ts";
import { resampler } from "../../lib/audio/resample.ts";
import { decodeClip } from "../../lib/data/decode_clip.ts";
import { pcmRecording } from "../../lib/audio/recording.ts";
import { roundTo16 } from "../../lib/audio/wav.ts";
import { type Background, decodeBackground } from "../../lib/enrol/background.ts";
import { type EnrolBody, openBody } from "../../lib/enrol/body.ts";
import { enrol } from "../../lib/enrol/enrol.ts";
import { checkTake, type Take } from "../../lib/enrol/takes.ts";
import { AloneWaveFilters } from "../../lib/kernels/wave_filters/alone.ts";
import { wordsOfParts } from "../../lib/frontends/front_end.ts";
import { type Detection, Detector } from "../../lib/live/detector.ts";
import { type ListeningRule, listeningRule } from "../../lib/live/listening_rule.ts";
import { openRecogniser, type Recogniser } from "../../lib/live/recogniser.ts";
import type { Window } from "../../lib/live/windows.ts";
import { type Ear, openEar } from "./ear.ts";
import type { Block, LoadedModel, Order, Report, WorkerFiles } from "./messages.ts";

/** More threads than this only wait for each other over a single clip. */
const MOST_THREADS = 4;
const scope = workerScope<Order, Report>();

/** Orders are carried out one after the other. */
let queue: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  queue = queue.then(() => obey(data)).catch((error: unknown) => {
    scope.postMessage({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  });
};

let session: Session | undefined;
let kernels: Uint8Array<ArrayBuffer> | undefined;
/** The model as it was loaded, without own words. */
let chosen: { readonly bytes: Uint8Array; readonly run: string } | undefined;

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case "open": {
      const threads = Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency ?? 1));
      const { name, device } = await openBrowserBackend(order.backend, addressesOf(order.files), threads);
      kernels = new Uint8Array(order.files.kernels);
      scope.postMessage({ type: "opened", backend: name, device });
      break;
    }
    case "load": {
      const loaded = { bytes: new Uint8Array(order.bytes), run: order.run };
      const model = await use(loaded.bytes, order.run);
      chosen = loaded;
      scope.postMessage({ type: "loaded", model });
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
    case "check":
      scope.postMessage({ type: "checked", id: order.id, problem: session!.problemOf(order.take) });
      break;
    case "learn":
      await learn(order).catch(({ message }: Error) => scope.postMessage({ type: "unlearned", message }));
      break;
    default:
      throw order satisfies never;
  }
}

/** Makes a model the one that listens. */
async function use(bytes: Uint8Array, run: string): Promise<LoadedModel> {
  const opened = await Session.open(bytes, run, kernels!);
  session?.close();
  session = opened;
  await session.warmUp();
  return session.describe(run);
}

async function learn({ words, falseAlarms, backgrounds }: Extract<Order, { type: "learn" }>): Promise<void> {
  const { bytes, run } = chosen!;
  using body = await openBody(bytes, run);
  const { checkpoint, ...learned } = await enrol({
    body,
    words,
    falseAlarms,
    background: backgroundOf(body, backgrounds),
    filters: await AloneWaveFilters.open(kernels!),
    seed: 0,
    onProgress: (done, total) => scope.postMessage({ type: "learning", done, total }),
  });
  const model = await use(checkpoint, run);
  const { words: told, background } = learned;
  scope.postMessage({
    type: "learned",
    model,
    words: told,
    background,
    checkpoint: checkpoint.slice().buffer,
  });
}

/** The one that was made of this body; null: there is none. */
function backgroundOf(body: EnrolBody, files: readonly ArrayBuffer[]): Background | null {
  for (const file of files) {
    try {
      return decodeBackground(new Uint8Array(file), "background", body);
    } catch (error) {
      if (!(error instanceof UserError)) throw error; // of another body
    }
  }
  return null;
}

/** The library takes addresses; those of bytes lead nowhere else. */
function addressesOf({ backend, kernels, threads }: WorkerFiles): BrowserFiles {
  const address = (bytes: ArrayBuffer, type: string) => URL.createObjectURL(new Blob([bytes], { type }));
  const [wasm, script] = ["application/wasm", "text/javascript"];
  return {
    backend: `${address(backend, wasm)}#`, // a name that is added is then no part of the address
    kernels: address(kernels, wasm),
    sharedKernels: threads === null ? "" : address(threads.kernels, wasm),
    thread: threads === null ? "" : address(threads.script, script),
  };
}

/** One model at work. */
class Session {
  readonly #recogniser: Recogniser;
  readonly #ear: Ear;
  /** Parts of the front-end, in words. */
  readonly #trained: readonly string[];
  readonly #rule: ListeningRule;
  #threshold: number;
  #detector: Detector;
  #port: MessagePort | undefined;
  #busy = false;
  /** What came while one was at work. */
  #waiting: { readonly cut: Window; readonly captured: number }[] = [];

  static async open(bytes: Uint8Array, run: string, kernels: Uint8Array<ArrayBuffer>): Promise<Session> {
    const recogniser = await openRecogniser(bytes, run);
    const { frontend } = recogniser.checkpoint;
    const words = await wordsOfParts(frontend);
    const rule = listeningRule(recogniser.checkpoint);
    const ear = await openEar(bytes, run, { recogniser, hopSeconds: rule.hopSeconds, kernels });
    const trained = frontend.trained.map((part) => words[part] ?? part);
    return new Session(recogniser, ear, trained, { ...rule, hopSeconds: ear.hopSeconds });
  }

  private constructor(recogniser: Recogniser, ear: Ear, trained: readonly string[], rule: ListeningRule) {
    this.#recogniser = recogniser;
    this.#ear = ear;
    this.#trained = trained;
    this.#rule = rule;
    this.#threshold = rule.threshold;
    this.#detector = this.#newDetector();
  }

  describe(run: string): LoadedModel {
    const { checkpoint, hopSamples, shown } = this.#recogniser;
    const { classes, sampleRate, clipSamples, operatingPoint } = checkpoint;
    const { by, reason, delaySeconds } = this.#ear;
    const { smoothing, threshold, thresholds, patience, refractorySeconds, hopSeconds } = this.#rule;
    return {
      run,
      classes,
      sampleRate,
      clipSamples,
      hopSamples,
      // Its axes beside that of time.
      bands: shown.axes.reduce((size, axis) => size * (axis.size ?? 1), 1),
      shown,
      trained: this.#trained,
      listens: { by, reason, delaySeconds },
      rule: { smoothing, threshold, thresholds, patience, refractorySeconds, hopSeconds },
      chosenOn: operatingPoint?.chosenOn ?? null,
    };
  }

  /** The first time costs more: shaders are compiled, memory is taken. */
  async warmUp(): Promise<void> {
    await this.#recogniser.recognise(new Float32Array(this.#recogniser.checkpoint.clipSamples));
  }

  /** Why nothing can be learnt from a recording; null: it can. */
  problemOf(take: Take): string | null {
    try {
      checkTake(take, this.#recogniser.checkpoint);
      return null;
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
  }

  setThreshold(value: number): void {
    this.#threshold = value;
    this.#detector.threshold = value;
  }

  listen(port: MessagePort, sampleRate: number): void {
    this.stop();
    this.#begin(sampleRate);
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<Block>) => {
      // A block is sent when its last sample is there: its first has waited for as long as the block is.
      const captured = performance.now() - 1000 * data.length / sampleRate;
      for (const cut of this.#ear.cut(data)) this.#offer(cut, captured);
    };
  }

  stop(): void {
    this.#port?.close();
    this.#port = undefined;
    this.#waiting = [];
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
    this.#begin(recording.sampleRate);
    const hear = async (part: Float32Array) => {
      for (const cut of this.#ear.cut(part)) await this.#hear(cut, performance.now());
    };
    for (let at = 0; at < recording.frames; at += recording.sampleRate) {
      await hear(recording.decode(at, Math.min(recording.sampleRate, recording.frames - at)));
    }
    // Silence behind the end brings the last word to where a window has it in its middle.
    const behind = clipSamples / sampleRate / 2 + this.#ear.delaySeconds;
    await hear(new Float32Array(Math.round(recording.sampleRate * behind)));
    scope.postMessage({ type: "ended", name, seconds });
  }

  close(): void {
    this.stop();
    this.#recogniser[Symbol.dispose]();
  }

  #begin(inputRate: number): void {
    this.#ear.begin(inputRate);
    this.#detector = this.#newDetector();
  }

  #newDetector(): Detector {
    const { classes } = this.#recogniser.checkpoint;
    const detector = new Detector({ ...this.#rule, classes });
    detector.threshold = this.#threshold; // moves those of words that have their own, too
    return detector;
  }

  #offer(cut: Window, captured: number): void {
    if (this.#busy) {
      // Windows overlap: the newest has what older ones have, and who is too slow for all must not fall behind.
      if (this.#ear.by === "windows") this.#waiting = [];
      this.#waiting.push({ cut, captured });
      return;
    }
    this.#busy = true;
    this.#hear(cut, captured).catch((error: Error) => {
      scope.postMessage({ type: "failed", message: error.message });
    }).finally(() => {
      this.#busy = false;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#offer(next.cut, next.captured);
    });
  }

  async #hear(cut: Window, captured: number): Promise<void> {
    const started = performance.now();
    const { decisions, ...stretch } = await this.#ear.hear(cut);
    const finished = performance.now();
    const detections: Detection[] = [];
    const moments = decisions.map(({ seconds, probabilities }) => {
      const { smoothed, detection } = this.#detector.add(probabilities, seconds);
      if (detection !== undefined) detections.push(detection);
      return { seconds, probabilities: smoothed };
    });
    const [computeMs, lagMs] = [finished - started, finished - captured];
    scope.postMessage({ type: "heard", ...stretch, moments, detections, computeMs, lagMs });
  }
}
