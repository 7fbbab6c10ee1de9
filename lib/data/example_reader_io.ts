/** Reads the samples of examples that an index names. */
import { decodeAudio } from "../audio/audio_file.ts";
import { type Resampler, resampler } from "../audio/resample.ts";
import { toInt16 } from "../audio/wav.ts";
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import type { Example } from "../records/example_index.ts";
import { decodeClip } from "./decode_clip.ts";

/** How examples are read: as {@link ExampleIndex} says of all of them. */
export interface ExampleShape {
  /** In Hz. */
  readonly sampleRate: number;
  /** Null: examples are as long as they are. */
  readonly clipSamples: number | null;
}

/** Reads examples of one shape; keeps the filters of the sample rates it has met. */
export class ExampleReader {
  readonly #folders: Readonly<Record<string, string>>;
  readonly #shape: ExampleShape;
  readonly #resamplers = new Map<number, Resampler>();

  /** @param folders Absolute path of each of the data set's recordings, by its name in the index. */
  constructor(folders: Readonly<Record<string, string>>, shape: ExampleShape) {
    this.#folders = folders;
    this.#shape = shape;
  }

  /**
   * Decodes, mixes down, cuts, resamples, pads or trims clips of one length, and rounds to 16 bits.
   *
   * @returns `[samples]`, as many as the index says.
   * @throws {UserError} `bad-audio` if the file cannot be decoded or ends too early, `input-changed` if it has another
   *   length than when it was indexed.
   */
  read({ name, input, path, start, count, samples }: Example): Int16Array {
    const folder = this.#folders[input];
    if (folder === undefined) throw new Error(`No folder is given for ${input}, where ${name} is`);
    const file = `${folder}/${path}`;
    const bytes = readFile(file);
    const { sampleRate, clipSamples } = this.#shape;
    if (clipSamples !== null) {
      return decodeClip(
        bytes,
        file,
        start ?? 0,
        { sampleRate, clipSamples },
        (rate) => this.#resampler(rate),
      );
    }
    const stretch = start === undefined || count === undefined ? undefined : { start, count };
    const decoded = decodeAudio(bytes, file, stretch);
    const read = toInt16(this.#resampler(decoded.sampleRate)(decoded.samples));
    if (read.length === samples) return read;
    throw new UserError(
      "input-changed",
      `Cannot use ${name}: it has ${read.length} samples, its index says ${samples}. The recording changed meanwhile; ` +
        `index the data set again.`,
    );
  }

  #resampler(fromHz: number): Resampler {
    let found = this.#resamplers.get(fromHz);
    if (found === undefined) this.#resamplers.set(fromHz, found = resampler(fromHz, this.#shape.sampleRate));
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
