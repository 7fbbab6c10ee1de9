/// <reference lib="dom" />
/** A keyword spotter: a model file that listens to a microphone, a file or any stream of samples. */
import { UserError } from "../base/errors.ts";
import type { Decision } from "../incremental/stream.ts";
import { Detector } from "../live/detector.ts";
import { type ListeningRule, listeningRule } from "../live/listening_rule.ts";
import type { Listener } from "../live/pacing.ts";
import { thresholdOf } from "../live/thresholds.ts";
import type { ClipCheckpoint } from "../records/clip_checkpoint.ts";
import type { Thresholds } from "../records/operating_point.ts";
import { kernels, worklet } from "./assets_io.ts";
import { microphoneBlocks, type MicrophoneState, type WorkletScript } from "./microphone_io.ts";
import { modelBytes, type ModelSource } from "./model_file_io.ts";
import { recordingBlocks } from "./recording_io.ts";
import { Loudness } from "./silence.ts";
import { blocksOf, checkRate, cut, type SoundBlock } from "./sound.ts";
import { checkedModel, streamListener } from "./stream_listener.ts";

export type { MicrophoneState, ModelSource };

/** A word that was heard. */
export interface Keyword {
  /** One of {@link KeywordSpotter.words}. */
  readonly word: string;
  /** Mean probability over the last decisions when it was detected, in (0, 1]. */
  readonly confidence: number;
  /** Of the end of the window of sound that decided, in seconds from the beginning of listening. */
  readonly time: number;
}

/** When a word counts as heard. What is absent is as the model was tuned, or as is usual. */
export interface SpotterOptions {
  /** Least mean probability, in (0, 1]: one for all words, or by word, of which others have theirs from the model. */
  readonly threshold?: number | Readonly<Record<string, number>>;
  /** Decisions that are averaged, from 1. */
  readonly smoothing?: number;
  /** Decisions in a row for which a word has to be the likeliest one, from 1. */
  readonly patience?: number;
  /** Seconds in which the same word is not detected again. */
  readonly refractorySeconds?: number;
  /** Seconds from one decision to the next. */
  readonly hopSeconds?: number;
}

/** What the model makes of the last stretch of sound. */
export interface SpotterDecision {
  /** Of its end, in seconds from the beginning of listening. */
  readonly time: number;
  /** Of each class. */
  readonly probabilities: Float32Array;
}

/** What is listened to, and how. */
export interface ListenOptions {
  /** Of blocks of samples, in Hz, a whole number; the model's if absent. Microphones and files know their own. */
  readonly sampleRate?: number;
  /** Ends listening. */
  readonly signal?: AbortSignal;
  /** Told whether a microphone's sound comes, or is held back until somebody clicks. */
  readonly onState?: (state: MicrophoneState) => void;
  /** Told each decision, word or not. */
  readonly onDecision?: (decision: SpotterDecision) => void;
  /** Address of the package's `capture.js`, where a bundler or a content security policy lets no other be found. */
  readonly worklet?: string | URL;
}

/** What can be listened to. */
export type SoundSource = MediaStream | Blob | AsyncIterable<Float32Array> | Iterable<Float32Array>;

/** Longer blocks are cut, so that words come out while a file is heard. */
const BLOCK_SECONDS = 0.1;

/**
 * A model that spots keywords. Nothing is sent anywhere: it computes where it is.
 *
 * ```ts
 * const spotter = await KeywordSpotter.load("model.safetensors");
 * const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
 * for await (const { word, confidence, time } of spotter.listen(microphone)) {
 *   console.log(word, confidence, time);
 * }
 * ```
 */
export class KeywordSpotter {
  /** What the model tells apart; names that begin with `_` are no words. */
  readonly classes: readonly string[];
  /** Those that it can hear. */
  readonly words: readonly string[];
  /** Of each word the least mean probability at which it is heard. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** Of the model, in Hz. Sound of other rates is resampled. */
  readonly sampleRate: number;
  /** Seconds of sound that each decision is about. */
  readonly clipSeconds: number;
  /** How listening works: each frame computed once, or windows. */
  readonly by: "frames" | "windows";
  /** What computes: `simd` is WebAssembly without tensors; the others are those of TensorFlow.js. */
  readonly backend: "simd" | "webgpu" | "wasm" | "cpu";
  readonly #rule: ListeningRule;
  readonly #open: (inputRate: number) => Promise<Opened>;
  readonly #checkpoint: ClipCheckpoint;
  /** Opened at the model's rate, and not in use. */
  #idle: Opened | undefined;

  private constructor(
    checkpoint: ClipCheckpoint,
    rule: ListeningRule,
    first: Opened,
    open: (inputRate: number) => Promise<Opened>,
  ) {
    const { classes, sampleRate, clipSamples } = checkpoint;
    this.classes = classes;
    this.words = wordsOf(classes);
    this.thresholds = Object.fromEntries(this.words.map((word) => [word, thresholdOf(rule, word)]));
    this.sampleRate = sampleRate;
    this.clipSeconds = clipSamples / sampleRate;
    this.by = first.listener.by;
    this.backend = first.backend;
    this.#checkpoint = checkpoint;
    this.#rule = rule;
    this.#idle = first;
    this.#open = open;
  }

  /**
   * Loads a model and checks it: its format, names, sizes and numbers.
   *
   * @param source Its address, outside a browser also its path, or the file itself.
   * @throws {Error} A sentence that says what was found and what was wanted.
   */
  static async load(source: ModelSource, options: SpotterOptions = {}): Promise<KeywordSpotter> {
    const { bytes, name } = await modelBytes(source);
    const checkpoint = await checkedModel(bytes, name);
    const rule = ruleOf(checkpoint, options);
    const compiled = await kernels();
    const open = (inputRate: number) =>
      openListener(bytes, name, { inputRate, hopSeconds: rule.hopSeconds, compiled });
    return new KeywordSpotter(checkpoint, rule, await open(checkpoint.sampleRate), open);
  }

  /**
   * Listens until the source ends, `signal` aborts, or the loop is left. Several may listen at once, each for itself.
   *
   * @param source A microphone's stream (its tracks stay its owner's), a file (WAVE; in browsers whatever they play), or
   *   blocks of samples at full scale 1.
   */
  async *listen(source: SoundSource, options: ListenOptions = {}): AsyncGenerator<Keyword, void, undefined> {
    let hearing: Hearing | undefined;
    let before = 0;
    try {
      for await (const { samples, sampleRate } of this.#blocks(source, options)) {
        if (options.signal?.aborted === true) return;
        if (hearing?.sampleRate !== sampleRate) {
          before += hearing?.seconds ?? 0;
          hearing?.close();
          hearing = await this.#hearing(sampleRate, before, options.onDecision);
        }
        for (const part of cut(samples, Math.ceil(BLOCK_SECONDS * sampleRate))) {
          for (const word of await hearing.push(part)) yield word;
        }
      }
      for (const word of await hearing?.flush() ?? []) yield word;
    } finally {
      hearing?.close();
    }
  }

  /** Gives back what it holds. */
  [Symbol.dispose](): void {
    this.#idle?.listener[Symbol.dispose]();
    this.#idle = undefined;
  }

  /** The same, for languages without `using`. */
  dispose(): void {
    this[Symbol.dispose]();
  }

  #blocks(source: SoundSource, options: ListenOptions): AsyncIterable<SoundBlock> {
    const { sampleRate = this.sampleRate, signal, onState } = options;
    if (isMediaStream(source)) {
      const script: WorkletScript = { ...worklet, ...(options.worklet && { address: options.worklet }) };
      return microphoneBlocks(source, { worklet: script, signal, onState });
    }
    if (source instanceof Blob) {
      return recordingBlocks(
        source,
        this.sampleRate,
        "name" in source ? String(source.name) : "the recording",
      );
    }
    if (
      typeof source === "object" && source !== null &&
      (Symbol.asyncIterator in source || Symbol.iterator in source)
    ) {
      return blocksOf(source, sampleRate);
    }
    throw new TypeError(
      `Cannot listen to ${typeof source}: wanted a MediaStream, a Blob, or blocks of samples as an (async) iterable`,
    );
  }

  async #hearing(
    sampleRate: number,
    before: number,
    onDecision: ListenOptions["onDecision"],
  ): Promise<Hearing> {
    checkRate(sampleRate);
    const idle = sampleRate === this.sampleRate ? this.#idle : undefined;
    if (idle !== undefined) this.#idle = undefined;
    const { listener } = idle ?? await this.#open(sampleRate);
    const close = () => {
      listener.reset();
      if (idle !== undefined && this.#idle === undefined) this.#idle = idle;
      else listener[Symbol.dispose]();
    };
    const detector = new Detector({ ...this.#rule, classes: this.classes });
    return new Hearing(listener, detector, sampleRate, this.#checkpoint, {
      before,
      onDecision,
      close,
    });
  }
}

interface Opened {
  readonly listener: Listener;
  readonly backend: KeywordSpotter["backend"];
}

async function openListener(
  bytes: Uint8Array,
  name: string,
  { compiled, ...rest }: {
    readonly inputRate: number;
    readonly hopSeconds: number;
    readonly compiled: Uint8Array<ArrayBuffer>;
  },
): Promise<Opened> {
  const options = { ...rest, kernels: compiled };
  const listener = await streamListener(bytes, name, options);
  if (!("needsTensors" in listener)) return { listener, backend: "simd" };
  // Downloaded only where it is needed.
  const { tensorListener } = await import("./tensor_listener_io.ts").catch((cause: unknown) => {
    throw new UserError(
      "backend-unavailable",
      `Cannot listen with ${name} without TensorFlow.js, which cannot be loaded: install @tensorflow/tfjs, ` +
        `@tensorflow/tfjs-backend-wasm and @tensorflow/tfjs-backend-webgpu. It needs them: ${listener.needsTensors}`,
      { cause },
    );
  });
  return await tensorListener(bytes, name, options, listener.needsTensors);
}

/** One stream that is heard. */
class Hearing {
  readonly sampleRate: number;
  readonly close: () => void;
  readonly #listener: Listener;
  readonly #detector: Detector;
  readonly #loudness: Loudness;
  readonly #clipSeconds: number;
  /** Seconds of listening before this stream began. */
  readonly #before: number;
  readonly #onDecision: ListenOptions["onDecision"];
  #samples = 0;

  constructor(
    listener: Listener,
    detector: Detector,
    sampleRate: number,
    checkpoint: ClipCheckpoint,
    { before, onDecision, close }: {
      readonly before: number;
      readonly onDecision: ListenOptions["onDecision"];
      readonly close: () => void;
    },
  ) {
    this.#before = before;
    this.#onDecision = onDecision;
    this.sampleRate = sampleRate;
    this.close = close;
    this.#listener = listener;
    this.#detector = detector;
    this.#loudness = new Loudness(sampleRate);
    this.#clipSeconds = checkpoint.clipSamples / checkpoint.sampleRate;
  }

  /** Of sound so far. */
  get seconds(): number {
    return this.#samples / this.sampleRate;
  }

  async push(samples: Float32Array): Promise<Keyword[]> {
    this.#samples += samples.length;
    this.#loudness.push(samples);
    return this.#words(await this.#listener.push(samples));
  }

  async flush(): Promise<Keyword[]> {
    return this.#words(await this.#listener.flush());
  }

  #words(decisions: readonly Decision[]): Keyword[] {
    const words: Keyword[] = [];
    for (const { probabilities, seconds } of decisions) {
      const time = this.#before + seconds;
      this.#onDecision?.({ time, probabilities });
      const isSilent = this.#loudness.isSilentSince(seconds - this.#clipSeconds);
      const heard = isSilent ? new Float32Array(probabilities.length) : probabilities;
      const { detection } = this.#detector.add(heard, seconds);
      if (detection === undefined) continue;
      words.push({ word: detection.label, confidence: detection.probability, time });
    }
    return words;
  }
}

/** @throws {RangeError} For a value that makes no sense. */
function ruleOf(checkpoint: ClipCheckpoint, options: SpotterOptions): ListeningRule {
  const rule = listeningRule(checkpoint, options);
  const { smoothing, patience, hopSeconds, refractorySeconds } = rule;
  const whole = checkpoint.clipSamples / checkpoint.sampleRate + smoothing * hopSeconds;
  check("smoothing", smoothing, Number.isInteger(smoothing) && smoothing >= 1, "a whole number from 1");
  check("patience", patience, Number.isInteger(patience) && patience >= 1, "a whole number from 1");
  check("hopSeconds", hopSeconds, hopSeconds > 0 && hopSeconds <= whole, "seconds above 0, less than a clip");
  check("refractorySeconds", refractorySeconds, refractorySeconds >= 0, "seconds from 0");
  return { ...rule, ...thresholdsOf(rule, options.threshold, wordsOf(checkpoint.classes)) };
}

/** A number takes the place of all that the model has, those of some words only the places of theirs. */
function thresholdsOf(
  { threshold, thresholds }: Thresholds,
  given: SpotterOptions["threshold"],
  words: readonly string[],
): Thresholds {
  if (given === undefined) return { threshold, thresholds };
  if (typeof given !== "object" || given === null) {
    checkThreshold("threshold", given);
    return { threshold: given, thresholds: undefined };
  }
  for (const [word, own] of Object.entries(given)) {
    if (!words.includes(word)) {
      throw new RangeError(
        `Cannot listen with a threshold for ${JSON.stringify(word)}: wanted some of ${words.join(", ")}`,
      );
    }
    checkThreshold(`threshold of ${word}`, own);
  }
  return { threshold, thresholds: { ...thresholds, ...given } };
}

function checkThreshold(name: string, found: number): void {
  check(name, found, typeof found === "number" && found > 0 && found <= 1, "a number above 0, at most 1");
}

function wordsOf(classes: readonly string[]): string[] {
  return classes.filter((name) => !name.startsWith("_"));
}

function check(name: string, found: number, isRight: boolean, wanted: string): void {
  if (!isRight) throw new RangeError(`Cannot listen with ${name} ${found}: wanted ${wanted}`);
}

function isMediaStream(source: SoundSource): source is MediaStream {
  return typeof (source as Partial<MediaStream> | null)?.getAudioTracks === "function";
}
