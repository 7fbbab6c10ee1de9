/** Reads the samples of examples that an index names. */
import { fitLength } from "../audio/clip.ts";
import { openRecording } from "../audio/open_recording.ts";
import type { Recording } from "../audio/recording.ts";
import { type Resampler, resampler } from "../audio/resample.ts";
import { fromInt16, toInt16 } from "../audio/wav.ts";
import { UserError } from "../base/errors.ts";
import { WholeFiles } from "../base/whole_files_io.ts";
import type { Example, ExampleIndex } from "../records/example_index.ts";
import { clipStretch, decodeStretch } from "./decode_clip.ts";

/** How examples are read, as an index says of all of them. */
export type ExampleShape = Pick<ExampleIndex, "sampleRate" | "clipSamples" | "sampleBits">;

/** Reads examples of one shape; keeps the filters of the sample rates it has met. */
export class ExampleReader {
  readonly #folders: Readonly<Record<string, string>>;
  readonly #shape: ExampleShape;
  readonly #files = new WholeFiles();
  readonly #resamplers = new Map<number, Resampler>();
  #isReading = false;
  /** Of all that {@link read} was asked for. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param folders Absolute path of each of the data set's recordings, by its name in the index. */
  constructor(folders: Readonly<Record<string, string>>, shape: ExampleShape) {
    this.#folders = folders;
    this.#shape = shape;
  }

  /**
   * Decodes, mixes down, resamples, cuts, pads or trims clips of one length, and rounds where the index says 16 bits.
   * Asked for several at once, it reads them one after the other.
   *
   * @returns `[samples]`, as many as the index says; full scale 1.
   * @throws {UserError} As {@link readStored}.
   */
  async read(example: Example): Promise<Float32Array> {
    const read = this.#last.then(() =>
      this.#alone(example, (stored) => stored instanceof Int16Array ? fromInt16(stored) : stored)
    );
    this.#last = read.catch(() => {}); // its caller hears of it
    return await read;
  }

  /**
   * The same as they are stored: 16-bit integers where the index says 16 bits, which most files have as they lie.
   *
   * @returns `[samples]`, valid until the next are read.
   * @throws {UserError} `bad-audio` if the file cannot be decoded or ends too early, `input-changed` if it has another
   *   length than when it was indexed.
   * @throws {Error} If another example is being read: files share memory.
   */
  async readStored(example: Example): Promise<Int16Array | Float32Array> {
    return await this.#alone(example, (stored) => stored);
  }

  /** @param take Called before another file can take the place of this one in memory. */
  async #alone<T>(example: Example, take: (stored: Int16Array | Float32Array) => T): Promise<T> {
    const { name, input, path, samples } = example;
    if (this.#isReading) {
      throw new Error(
        `Cannot read ${name} while another example is being read, as files share memory: wait for that first, or use ` +
          "another reader",
      );
    }
    const folder = this.#folders[input];
    if (folder === undefined) throw new Error(`No folder is given for ${input}, where ${name} is`);
    const file = `${folder}/${path}`;
    this.#isReading = true;
    try {
      const read = this.#decoded(await openRecording(this.#files.read(file), file), example);
      if (read.length === samples) return take(read);
      throw new UserError(
        "input-changed",
        `Cannot use ${name}: it has ${read.length} samples, its index says ${samples}. The recording changed meanwhile; ` +
          `index the data set again.`,
      );
    } finally {
      this.#isReading = false;
    }
  }

  #decoded(
    recording: Recording,
    { start = 0, count = recording.frames, channel }: Example,
  ): Int16Array | Float32Array {
    const { sampleRate, clipSamples, sampleBits } = this.#shape;
    const stretch = clipSamples === null
      ? { start, count, ...(channel === undefined ? {} : { channel }) }
      : clipStretch(recording, start, { sampleRate, clipSamples });
    const isAsItLies = sampleBits === 16 && recording.sampleRate === sampleRate;
    const integers = isAsItLies
      ? recording.integers?.(stretch.start, stretch.count, stretch.channel)
      : undefined;
    const decoded = integers ??
      decodeStretch(recording, stretch, sampleRate, (rate) => this.#resampler(rate));
    const whole = clipSamples === null ? decoded : fitLength(decoded, clipSamples);
    return sampleBits === 16 && whole instanceof Float32Array ? toInt16(whole) : whole;
  }

  #resampler(fromHz: number): Resampler {
    let found = this.#resamplers.get(fromHz);
    if (found === undefined) this.#resamplers.set(fromHz, found = resampler(fromHz, this.#shape.sampleRate));
    return found;
  }
}
