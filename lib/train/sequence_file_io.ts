/**
 * Features of utterances of one split in one safetensors file: `features` `[rows, ...]` has the samples or the frames of
 * all utterances one after another (I16 for waveforms, which are 1/32768ths, else F32), `lengths` `[utterances]` says how
 * many rows each has, `labels` and `label_lengths` likewise; the metadata says what was computed from what. Training
 * reads the utterances of a batch from the file; a split never has to fit into memory.
 */
import { frameCount, type Framing, padSamples } from "../audio/framing.ts";
import { UserError } from "../base/errors.ts";
import { RowReader, RowWriter } from "../formats/safetensors_io.ts";
import type { TensorEntry } from "../formats/safetensors.ts";
import { leastFrames } from "../kernels/ctc_loss/feasible.ts";
import type { Representation, SequenceNetwork } from "../nn/types.ts";
import { isRepresentation, parseStrings } from "./feature_metadata.ts";
import type { SequenceBatch, SequenceSource } from "./sequence_source.ts";

export interface SequenceInfo {
  readonly representation: Representation;
  readonly classes: readonly string[];
  readonly sampleRate: number;
}

/** One utterance of a file that is being made. */
export interface SequenceEntry {
  readonly name: string;
  /** Samples of a waveform, else frames. */
  readonly rows: number;
  /** Class indices. */
  readonly labels: readonly number[];
}

/** An utterance that cannot be learnt: no path through its frames spells its labels. */
export interface LeftOut {
  readonly name: string;
  readonly frames: number;
  /** How many frames its labels take. */
  readonly needed: number;
}

/** Open until disposed of. */
export interface SequenceFile extends SequenceSource, Disposable {
  readonly info: SequenceInfo;
  readonly leftOut: readonly LeftOut[];
}

const SAMPLE_SCALE = 1 / 32768;

/**
 * Starts a file; append the rows of all utterances in order, then finish. Frames are rows: `[frames, bins]` and
 * `[frames, n_mels]`.
 * @param rowShape Of one row: `[]` for waveforms.
 */
export function createSequences(
  path: string,
  info: SequenceInfo,
  rowShape: readonly number[],
  utterances: readonly SequenceEntry[],
): RowWriter {
  const ints = (values: readonly number[]) => ({ shape: [values.length], data: Int32Array.from(values) });
  return new RowWriter(
    path,
    {
      name: "features",
      dtype: info.representation === "waveform" ? "I16" : "F32",
      shape: [utterances.reduce((sum, { rows }) => sum + rows, 0), ...rowShape],
    },
    new Map([
      ["lengths", ints(utterances.map(({ rows }) => rows))],
      ["labels", ints(utterances.flatMap(({ labels }) => labels))],
      ["label_lengths", ints(utterances.map(({ labels }) => labels.length))],
    ]),
    {
      representation: info.representation,
      classes: JSON.stringify(info.classes),
      sample_rate: String(info.sampleRate),
      names: JSON.stringify(utterances.map(({ name }) => name)),
    },
  );
}

/**
 * Opens a file for reading batches. Each read fills the same buffers again. Utterances whose labels do not fit in their
 * frames are left out and listed.
 *
 * A waveform is extended behind its end by its own reflection, so that its last frames are those of the clip alone
 * whatever pads it.
 * @param framing Of the front-end that will take the features in.
 * @throws {UserError} `bad-file` if the file is damaged or holds no such features.
 */
export function openSequences(path: string, framing: Framing): SequenceFile {
  const reader = new RowReader(path);
  try {
    return new OpenSequences(reader, path, framing);
  } catch (error) {
    reader.close();
    throw error;
  }
}

/**
 * Checks that a network can take these features in.
 * @param path Names the file in errors.
 * @throws {UserError} `bad-file` if they are something else, `bad-dataset` if no utterance is left.
 */
export function checkSequences(
  source: SequenceFile,
  path: string,
  { input, classes }: SequenceNetwork,
): void {
  const { info, shape, count, leftOut } = source;
  const shown = (sizes: readonly (number | null)[]) => sizes.map((size) => size ?? "time").join(", ");
  const found = `${info.representation} [${shown(shape)}] of ${info.classes.length} classes`;
  const wanted = `${input.representation} [${shown(input.shape)}] of ${classes} classes`;
  if (found !== wanted) {
    throw new UserError(
      "bad-file",
      `Cannot use ${path}: found ${found}, but the network takes ${wanted}. Make the features again.`,
    );
  }
  if (count === 0) {
    throw new UserError(
      "bad-dataset",
      leftOut.length === 0
        ? `Cannot use ${path}: this split of the data set has no utterances. Change how the data set is split, or add some.`
        : `Cannot use ${path}: ${
          leftOutText(leftOut)
        } No utterance is left: use a smaller frontend.hop_samples.`,
    );
  }
}

/** One sentence: how many were left out, and the first of them. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  const { name, frames, needed } = leftOut[0]!;
  return `${leftOut.length} ${
    leftOut.length === 1 ? "utterance has" : "utterances have"
  } fewer frames than labels take ` +
    `and ${
      leftOut.length === 1 ? "is" : "are"
    } left out; the first is ${name}, with ${frames} frames where ${needed} are ` +
    `needed.`;
}

class OpenSequences implements SequenceFile {
  readonly count: number;
  readonly shape: readonly (number | null)[];
  readonly frames: Int32Array;
  readonly names: readonly string[];
  readonly info: SequenceInfo;
  readonly leftOut: readonly LeftOut[];
  readonly #reader: RowReader;
  readonly #entry: TensorEntry;
  readonly #pad: number;
  /** Of the utterances that are left: first row, rows, labels. */
  readonly #starts: Float64Array;
  readonly #rows: Int32Array;
  readonly #labels: readonly Int32Array[];
  readonly #rowSize: number;
  #values: Float32Array = new Float32Array(0);
  #samples = new Int16Array(0);
  #features = new Float32Array(0);

  constructor(reader: RowReader, path: string, framing: Framing) {
    this.#reader = reader;
    this.#entry = reader.entry("features", "F32", "I16");
    const lengths = reader.read("lengths", "I32") as Int32Array;
    const labelLengths = reader.read("label_lengths", "I32") as Int32Array;
    const labels = reader.read("labels", "I32") as Int32Array;
    const [total, ...row] = this.#entry.shape as [number, ...number[]];
    this.#rowSize = row.reduce((product, size) => product * size, 1);
    const { info, names } = readMetadata(path, reader.header.metadata);
    this.info = info;
    checkLayout(path, total, lengths, labelLengths, labels, names, info.classes.length);
    const isWaveform = info.representation === "waveform";
    this.#pad = isWaveform ? padSamples(framing.nFft) : 0;
    this.shape = isWaveform ? [null] : hasBandsFirst(info.representation) ? [row[0]!, null] : [null, row[0]!];

    const leftOut: LeftOut[] = [];
    const kept: { start: number; rows: number; frames: number; name: string; labels: Int32Array }[] = [];
    let [start, firstLabel] = [0, 0];
    for (const [i, rows] of lengths.entries()) {
      const own = labels.subarray(firstLabel, firstLabel += labelLengths[i]!);
      const frames = isWaveform ? framesOf(rows, framing) : rows;
      const needed = leastFrames(own);
      const name = names[i]!;
      if (frames < needed) leftOut.push({ name, frames, needed });
      else kept.push({ start, rows, frames, name, labels: own });
      start += rows;
    }
    this.leftOut = leftOut;
    this.count = kept.length;
    this.frames = Int32Array.from(kept, ({ frames }) => frames);
    this.names = kept.map(({ name }) => name);
    this.#starts = Float64Array.from(kept, ({ start }) => start);
    this.#rows = Int32Array.from(kept, ({ rows }) => rows);
    this.#labels = kept.map(({ labels }) => labels);
  }

  read(rows: ArrayLike<number>): Promise<SequenceBatch> {
    const wanted = Array.from(rows);
    const length = Math.max(...wanted.map((row) => this.#rows[row]!)) + this.#pad;
    const size = length * this.#rowSize;
    if (this.#features.length < wanted.length * size) this.#features = new Float32Array(wanted.length * size);
    const features = this.#features.subarray(0, wanted.length * size).fill(0);
    for (const [clip, row] of wanted.entries()) {
      const target = features.subarray(clip * size, (clip + 1) * size);
      if (this.info.representation === "waveform") this.#readWaveform(row, target);
      else this.#readFrames(row, target, length);
    }
    const most = Math.max(1, ...wanted.map((row) => this.#labels[row]!.length));
    const labels = new Int32Array(wanted.length * most);
    wanted.forEach((row, clip) => labels.set(this.#labels[row]!, clip * most));
    return Promise.resolve({
      clips: wanted.length,
      features,
      shape: this.shape.map((axis) => axis ?? length),
      frames: Int32Array.from(wanted, (row) => this.frames[row]!),
      labels,
      labelLengths: Int32Array.from(wanted, (row) => this.#labels[row]!.length),
    });
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }

  #readWaveform(row: number, target: Float32Array): void {
    const count = this.#rows[row]!;
    if (this.#samples.length < count) this.#samples = new Int16Array(count);
    const samples = this.#samples.subarray(0, count);
    this.#reader.readRange(this.#entry, this.#starts[row]!, count, samples);
    for (let i = 0; i < count; i++) target[i] = samples[i]! * SAMPLE_SCALE;
    for (let i = 0; i < this.#pad; i++) target[count + i] = target[count - 2 - i]!;
  }

  #readFrames(row: number, target: Float32Array, length: number): void {
    const count = this.#rows[row]!;
    const size = this.#rowSize;
    if (!hasBandsFirst(this.info.representation)) {
      this.#reader.readRange(this.#entry, this.#starts[row]!, count, target.subarray(0, count * size));
      return;
    }
    if (this.#values.length < count * size) this.#values = new Float32Array(count * size);
    const values = this.#values.subarray(0, count * size);
    this.#reader.readRange(this.#entry, this.#starts[row]!, count, values);
    for (let frame = 0; frame < count; frame++) {
      for (let band = 0; band < size; band++) target[band * length + frame] = values[frame * size + band]!;
    }
  }
}

/** Whether networks take bands before frames, where a file has frames before bands. */
function hasBandsFirst(representation: Representation): boolean {
  return representation === "logmel" || representation === "decibels";
}

/** 0 for a clip that is too short to be reflected. */
function framesOf(samples: number, framing: Framing): number {
  return samples > padSamples(framing.nFft) ? frameCount(samples, framing) : 0;
}

function readMetadata(path: string, metadata: Readonly<Record<string, string>>) {
  const { representation = "" } = metadata;
  const classes = parseStrings(metadata["classes"]);
  const names = parseStrings(metadata["names"]);
  const sampleRate = Number(metadata["sample_rate"]);
  if (isRepresentation(representation) && classes !== null && names !== null && sampleRate > 0) {
    return { info: { representation, classes, sampleRate }, names };
  }
  throw new UserError(
    "bad-file",
    `Cannot use ${path} as features of utterances: its metadata lacks representation, classes, sample_rate or names, or ` +
      `has something else there. Make the file again.`,
  );
}

function checkLayout(
  path: string,
  total: number,
  lengths: Int32Array,
  labelLengths: Int32Array,
  labels: Int32Array,
  names: readonly string[],
  classes: number,
): void {
  const sum = (values: Int32Array) => values.reduce((all, value) => all + value, 0);
  const wrong = labels.find((label) => label < 1 || label >= classes);
  const problem = sum(lengths) !== total || lengths.some((length) => length < 0)
    ? `utterances of ${sum(lengths)} rows in all, wanted ${total}`
    : lengths.length !== labelLengths.length || lengths.length !== names.length
    ? `${lengths.length} lengths, ${labelLengths.length} of labels and ${names.length} names, wanted as many of each`
    : sum(labelLengths) !== labels.length
    ? `${labels.length} labels, wanted ${sum(labelLengths)}`
    : wrong !== undefined
    ? `label ${wrong}, wanted 1 to ${classes - 1}`
    : undefined;
  if (problem === undefined) return;
  throw new UserError("bad-file", `Cannot use ${path}: found ${problem}. Make the file again.`);
}
