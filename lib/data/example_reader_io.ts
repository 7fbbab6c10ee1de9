/** Reads the samples of examples that an index names. */
import { openRecording } from "../audio/open_recording.ts";
import { type Resampler, resampler } from "../audio/resample.ts";
import { roundTo16 } from "../audio/wav.ts";
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import type { Example, ExampleIndex } from "../records/example_index.ts";
import { decodeClip, decodeStretch } from "./decode_clip.ts";

/** How examples are read, as an index says of all of them. */
export type ExampleShape = Pick<ExampleIndex, "sampleRate" | "clipSamples" | "sampleBits">;

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
   * Decodes, mixes down, resamples, cuts, pads or trims clips of one length, and rounds where the index says 16 bits.
   *
   * @returns `[samples]`, as many as the index says; full scale 1.
   * @throws {UserError} `bad-audio` if the file cannot be decoded or ends too early, `input-changed` if it has another
   *   length than when it was indexed.
   */
  async read({ name, input, path, start, count, channel, samples }: Example): Promise<Float32Array> {
    const folder = this.#folders[input];
    if (folder === undefined) throw new Error(`No folder is given for ${input}, where ${name} is`);
    const file = `${folder}/${path}`;
    const recording = await openRecording(readFile(file), file);
    const { sampleRate, clipSamples, sampleBits } = this.#shape;
    const from = (rate: number) => this.#resampler(rate);
    const stretch = {
      start: start ?? 0,
      count: count ?? recording.frames,
      ...(channel === undefined ? {} : { channel }),
    };
    const read = clipSamples === null
      ? decodeStretch(recording, stretch, sampleRate, from)
      : decodeClip(recording, start ?? 0, { sampleRate, clipSamples }, from);
    if (read.length !== samples) {
      throw new UserError(
        "input-changed",
        `Cannot use ${name}: it has ${read.length} samples, its index says ${samples}. The recording changed meanwhile; ` +
          `index the data set again.`,
      );
    }
    // Samples of 16 bits that nothing was computed from are as they would be rounded.
    const computed = recording.isFine || recording.sampleRate !== sampleRate ||
      (recording.channels > 1 && channel === undefined);
    return sampleBits === 16 && computed ? roundTo16(read) : read;
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
