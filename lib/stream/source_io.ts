/**
 * Long recordings as one stream: a file, or a folder of files in the order of their names, which follow on each other
 * without a gap. Integers are read part by part; what is packed, SPHERE and floats a file at a time.
 */
import { Buffer } from "node:buffer";
import { readAt } from "../base/read_at_io.ts";
import { readAudioHeader } from "../audio/audio_header.ts";
import { isRecording } from "../audio/endings.ts";
import { checkKind, isPacked, openRecording } from "../audio/open_recording.ts";
import { checkPart, type Recording } from "../audio/recording.ts";
import { resampledLength, type Resampler, resampler } from "../audio/resample.ts";
import { decodeFrames } from "../audio/wav.ts";
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import { decodeStretch } from "../data/decode_clip.ts";
import { readTextIfThere } from "../data/text_io.ts";
import { LABEL_ENDINGS, type Labelled, parseLabels, type SpokenWord } from "./labels.ts";

/** A stream that can be read from its beginning. */
export interface StreamSource {
  /** Of sound. */
  readonly seconds: number;
  /**
   * Words that are said, as labels have them; null: there are no labels.
   * @param labels Of a file's labels; those of a folder's files stand beside them under the same names.
   * @throws {UserError} `bad-dataset`.
   */
  words(labels?: string): readonly SpokenWord[] | null;
  /** Sound at the rate asked for, a few seconds at a time. @throws {UserError} `bad-audio`. */
  blocks(): AsyncGenerator<Float32Array>;
}

/** Read at a time. */
const PART_SECONDS = 10;
/** Besides those of recordings in all folders. */
const OTHER_ENDINGS = /\.(wave|sph)$/i;

/**
 * @param path Of a file or a folder. @param sampleRate Of what is read, in Hz.
 * @throws {UserError} `bad-dataset`, `bad-audio`.
 */
export async function openStream(path: string, sampleRate: number): Promise<StreamSource> {
  const files = await examined(path, sampleRate);
  const samples = files.reduce((sum, { length }) => sum + length, 0);
  return {
    seconds: samples / sampleRate,
    words: (labels) => wordsOf(files, sampleRate, files[0]!.path === path ? labels : besides),
    blocks: () => partsOf(files, sampleRate),
  };
}

/**
 * Finds out that a stream is long enough for one decision, and that a file's labels are of it. Of a folder no more files are
 * looked at than that takes.
 *
 * @param path Of a file or a folder. @param clip What a decision hears: samples at a rate in Hz.
 * @param labels Of a file's labels; null: there are none, or they stand beside the files of a folder.
 * @throws {UserError} `bad-audio`: it is shorter. `bad-dataset`: there are no recordings, or the labels are of another one.
 */
export type CheckStream = (
  path: string,
  clip: { readonly sampleRate: number; readonly clipSamples: number },
  labels?: string | null,
) => Promise<void>;

/** Of one stream. */
export const checkStream: CheckStream = (path, clip, labels) => streamCheck()(path, clip, labels);

/** For several: a file is looked at once, whatever decisions hear of it, as what is packed is decoded for its length. */
export function streamCheck(): CheckStream {
  const lengths = new Map<string, Length>();
  return async (path, { sampleRate, clipSamples }, labels = null) => {
    const files = filesAt(path);
    let samples = 0;
    for (const file of files) {
      const length = lengths.get(file) ?? await lengthOf(file);
      lengths.set(file, length);
      samples += resampledLength(length.frames, length.sampleRate, sampleRate);
      if (samples < clipSamples) continue;
      if (file === path && labels !== null) {
        labelsAmong([labels], { name: path, seconds: samples / sampleRate });
      }
      return;
    }
    if (samples === 0) throw nothingIn(path, files);
    const seconds = (count: number) => `${(count / sampleRate).toFixed(2)} s`;
    throw new UserError(
      "bad-audio",
      `Cannot listen to ${path}: it has ${seconds(samples)} of sound, wanted at least the ${
        seconds(clipSamples)
      } that one decision hears. Give a longer recording.`,
    );
  };
}

/**
 * Recordings of one stream that another has too, whatever they are called: of files of one size all bytes are compared.
 *
 * @param path Of a file or a folder, as is that of the other. @returns Paths of the first stream's.
 * @throws {UserError} `bad-dataset`.
 */
export function sharedRecordings(path: string, other: string): string[] {
  const sizeOf = (file: string) => Deno.statSync(file).size;
  const others = Map.groupBy(filesAt(other), sizeOf);
  return filesAt(path).filter((file) =>
    others.get(sizeOf(file))?.some((second) => hasSameBytes(file, second))
  );
}

/** Compared at a time: recordings of hours need not fit into memory. */
const COMPARED_BYTES = 2 ** 20;

function hasSameBytes(path: string, other: string): boolean {
  if (Deno.realPathSync(path) === Deno.realPathSync(other)) return true;
  using file = Deno.openSync(path);
  using second = Deno.openSync(other);
  for (let offset = 0;; offset += COMPARED_BYTES) {
    const bytes = readAt(file, offset, COMPARED_BYTES);
    if (Buffer.compare(bytes, readAt(second, offset, COMPARED_BYTES)) !== 0) return false;
    if (bytes.length < COMPARED_BYTES) return true;
  }
}

/** Where labels of a file are looked for: in another one, beside it, or nowhere. */
type LabelsOf = string | undefined | ((file: string) => string[]);

function besides(file: string): string[] {
  const stem = file.replace(/\.\w+$/, "");
  return LABEL_ENDINGS.map((ending) => `${stem}.${ending}`);
}

function wordsOf(files: readonly Examined[], sampleRate: number, labels: LabelsOf): SpokenWord[] | null {
  let [samples, words]: [number, SpokenWord[] | null] = [0, null];
  for (const { path, length } of files) {
    const offset = samples / sampleRate;
    samples += length;
    const places = typeof labels === "function" ? labels(path) : labels === undefined ? [] : [labels];
    const found = labelsAmong(places, { name: path, seconds: length / sampleRate });
    if (found === undefined) continue; // none of the words is said there
    const moved = found.map(({ start, end, word }) => ({ start: start + offset, end: end + offset, word }));
    words = [...words ?? [], ...moved];
  }
  return words;
}

interface Examined {
  readonly path: string;
  /** Samples at the rate asked for. */
  readonly length: number;
}

async function examined(path: string, sampleRate: number): Promise<Examined[]> {
  const files = await Promise.all(filesAt(path).map((file) => examine(file, sampleRate)));
  if (files.some(({ length }) => length > 0)) return files;
  throw nothingIn(path, files);
}

async function examine(path: string, sampleRate: number): Promise<Examined> {
  const { frames, sampleRate: own } = await lengthOf(path);
  return { path, length: resampledLength(frames, own, sampleRate) };
}

/** As a file has it. */
type Length = Pick<Recording, "frames" | "sampleRate">;

async function lengthOf(path: string): Promise<Length> {
  using recording = await open(path);
  const { frames, sampleRate } = recording;
  return { frames, sampleRate };
}

function nothingIn(path: string, files: readonly unknown[]): UserError {
  return new UserError(
    "bad-dataset",
    `Cannot listen to ${path}: found ${
      files.length === 0 ? "no recordings" : "no samples"
    } in it, wanted WAVE, FLAC, SPHERE, MP3 or Ogg Vorbis files with sound. Give another file or folder, or convert ` +
      "what is there, as with ffmpeg -i IN OUT.wav.",
  );
}

function filesAt(path: string): string[] {
  try {
    if (!Deno.statSync(path).isDirectory) return [path];
    return [...Deno.readDirSync(path)].filter(({ name, isDirectory }) =>
      !isDirectory && (isRecording(name) || OTHER_ENDINGS.test(name))
    )
      .map(({ name }) => `${path}/${name}`).sort();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw explainSystemError(error, `read ${path}`);
    throw new UserError(
      "bad-dataset",
      `Cannot listen to ${path}: there is no such file or folder. Check the path.`,
      { cause: error },
    );
  }
}

/** Undefined where there are none. */
function labelsAmong(paths: readonly string[], recording: Labelled): SpokenWord[] | undefined {
  for (const path of paths) {
    const text = readTextIfThere(path);
    if (text !== undefined) return parseLabels(text, path, recording);
  }
  return undefined;
}

async function* partsOf(files: readonly Examined[], sampleRate: number): AsyncGenerator<Float32Array> {
  const resamplers = new Map<number, Resampler>();
  const from = (rate: number) => {
    const known = resamplers.get(rate) ?? resampler(rate, sampleRate);
    resamplers.set(rate, known);
    return known;
  };
  for (const { path } of files) {
    using recording = await open(path);
    // Parts of whole seconds begin where a sample of one rate lies on one of the other.
    const part = PART_SECONDS * recording.sampleRate;
    for (let start = 0; start < recording.frames; start += part) {
      const count = Math.min(part, recording.frames - start);
      yield decodeStretch(recording, { start, count }, sampleRate, from);
    }
  }
}

type OpenRecording = Recording & Disposable;

/** Enough for the header of nearly every file; more is read where chunks stand before the samples. */
const PREFIX_BYTES = 1024;

async function open(path: string): Promise<OpenRecording> {
  try {
    return await opened(path);
  } catch (error) {
    throw explainSystemError(error, `read ${path}`);
  }
}

async function opened(path: string): Promise<OpenRecording> {
  const { size } = Deno.statSync(path);
  const file = Deno.openSync(path);
  let kept = false;
  try {
    const prefix = readAt(file, 0, Math.min(size, PREFIX_BYTES));
    if (!isPacked(prefix)) {
      checkKind(prefix, path);
      const header = readAudioHeader((offset, length) => readAt(file, offset, length), size, path);
      if (header.encoding === "integer") {
        kept = true;
        const { sampleRate, channels, frames, sampleBytes, dataOffset } = header;
        const frameBytes = channels * sampleBytes;
        return {
          sampleRate,
          channels,
          frames,
          isFine: sampleBytes > 2,
          gain: 1,
          isBeyond: false,
          decode(start, count, channel) {
            checkPart({ frames, channels }, start, count, channel, path);
            const data = readAt(file, dataOffset + start * frameBytes, count * frameBytes);
            return decodeFrames(header, data, start, count, path, channel);
          },
          [Symbol.dispose]: () => file.close(),
        };
      }
    }
    const whole = await openRecording(readAt(file, 0, size), path);
    return { ...whole, [Symbol.dispose]: () => {} };
  } finally {
    if (!kept) file.close();
  }
}
