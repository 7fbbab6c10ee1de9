/** Reads the samples of clips that an index names. */
import { fitLength } from "../audio/clip.ts";
import { type Resampler, resampler } from "../audio/resample.ts";
import { decodeFrames, toInt16 } from "../audio/wav.ts";
import { readAudioHeader } from "../audio/audio_header.ts";
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import type { Clip } from "./dataset_index.ts";

export interface ClipShape {
  /** In Hz. */
  readonly sampleRate: number;
  readonly clipSamples: number;
}

/** Reads clips of one shape; keeps the filters of the sample rates it has met. */
export class ClipReader {
  readonly #root: string;
  readonly #shape: ClipShape;
  readonly #resamplers = new Map<number, Resampler>();

  /** @param audioRoot The folder that the index describes. */
  constructor(audioRoot: string, shape: ClipShape) {
    this.#root = audioRoot;
    this.#shape = shape;
  }

  /**
   * Decodes, mixes down, cuts at the clip's start, resamples, pads or trims at the end, and rounds to 16 bits.
   *
   * @returns `[clipSamples]`.
   * @throws {UserError} `bad-audio` if the file cannot be decoded or ends before the clip's start.
   */
  read(clip: Clip): Int16Array {
    const { sampleRate, clipSamples } = this.#shape;
    const path = `${this.#root}/${clip.path}`;
    const bytes = readFile(path);
    const header = readAudioHeader(bytes, bytes.length, path);
    const first = clip.start ?? 0;
    if (first >= header.frames) {
      throw new UserError(
        "bad-audio",
        `Cannot read a clip from sample ${first} of ${path}: it has ${header.frames} samples. Index the folder again.`,
      );
    }
    const count = Math.min(header.frames - first, Math.ceil(clipSamples * header.sampleRate / sampleRate));
    const frameBytes = header.channels * header.sampleBytes;
    const data = bytes.subarray(header.dataOffset + first * frameBytes);
    const samples = decodeFrames(header, data, first, count, path);
    return toInt16(fitLength(this.#resampler(header.sampleRate)(samples), clipSamples));
  }

  #resampler(fromHz: number): Resampler {
    let found = this.#resamplers.get(fromHz);
    if (found === undefined) this.#resamplers.set(fromHz, found = resampler(fromHz, this.#shape.sampleRate));
    return found;
  }
}

/** Reads one clip; use {@link ClipReader} for many. */
export function readClip(audioRoot: string, clip: Clip, shape: ClipShape): Int16Array {
  return new ClipReader(audioRoot, shape).read(clip);
}

function readFile(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw explainSystemError(error, `read ${path}`);
  }
}
