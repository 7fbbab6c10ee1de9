/** Reads the samples of utterances that an index names. */
import { decodeAudio } from "../audio/audio_file.ts";
import { type Resampler, resampler } from "../audio/resample.ts";
import { toInt16 } from "../audio/wav.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import type { Utterance } from "./utterance_index.ts";

/** Reads utterances at one rate; keeps the filters of the sample rates it has met. */
export class UtteranceReader {
  readonly #root: string;
  readonly #sampleRate: number;
  readonly #resamplers = new Map<number, Resampler>();

  /** @param root The folder that the index describes. @param sampleRate In Hz. */
  constructor(root: string, sampleRate: number) {
    this.#root = root;
    this.#sampleRate = sampleRate;
  }

  /**
   * Decodes, mixes down, resamples, and rounds to 16 bits.
   *
   * @returns `[samples]`, as many as the index says.
   * @throws {UserError} `bad-audio` if the file cannot be decoded or ends too early.
   */
  read({ path, start, count }: Utterance): Int16Array {
    const file = `${this.#root}/${path}`;
    const stretch = start === undefined || count === undefined ? undefined : { start, count };
    const { samples, sampleRate } = decodeAudio(readFile(file), file, stretch);
    return toInt16(this.#resampler(sampleRate)(samples));
  }

  #resampler(fromHz: number): Resampler {
    let found = this.#resamplers.get(fromHz);
    if (found === undefined) this.#resamplers.set(fromHz, found = resampler(fromHz, this.#sampleRate));
    return found;
  }
}

function readFile(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw explainSystemError(error, `read ${path}`);
  }
}
