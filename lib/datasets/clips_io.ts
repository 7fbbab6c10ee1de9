/** Reads the samples of clips that an index names. */
import { type Resampler, resampler } from "../audio/resample.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import type { Clip } from "./dataset_index.ts";
import { type ClipShape, decodeClip } from "../data/decode_clip.ts";

export type { ClipShape } from "../data/decode_clip.ts";

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
   * See {@link decodeClip}.
   *
   * @returns `[clipSamples]`.
   * @throws {UserError} `bad-audio` if the file cannot be decoded or ends before the clip's start.
   */
  read(clip: Clip): Int16Array {
    const path = `${this.#root}/${clip.path}`;
    const bytes = readFile(path);
    return decodeClip(bytes, path, clip.start ?? 0, this.#shape, (rate) => this.#resampler(rate));
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
