/**
 * Features of the examples of one split in one safetensors file: `features` has all examples one after another, each
 * row-major in the shape that networks take in (F32, or I16 for waves of 16 bits, which are 1/32768ths): `[examples, ...shape]`
 * where all are equally long, else `[elements]`. `lengths` `[examples]` has the sizes of the axis of time, `labels` and
 * `label_lengths` likewise, `names` the names as JSON text. Training reads the examples of a batch from
 * the file; a split never has to fit into memory.
 */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import { parseRecordText } from "../base/record.ts";
import type { StoredTensor, TensorEntry, WritableData } from "../formats/safetensors.ts";
import { RowReader, RowWriter } from "../formats/safetensors_io.ts";
import type { Framing } from "../frontends/contract.ts";
import { computedBy } from "../frontends/plan.ts";
import type { Network } from "../models/network_contract.ts";
import { describe, type Representation, shapeOf } from "../nn/representation.ts";
import { type FeatureInfo, featureMetadata, parseFeatureMetadata } from "../records/features.ts";
import type { Batch, Examples } from "../tasks/contract.ts";
import type { ChangeExample } from "./batch_reader.ts";

/** One example of a file that is being made. */
export interface ExampleEntry {
  readonly name: string;
  /** Samples of a wave, else frames. */
  readonly length: number;
  /** Class indices. */
  readonly labels: readonly number[];
}

/** An example that cannot be learnt: its labels take more frames than it has. */
export interface LeftOut {
  readonly name: string;
  readonly frames: number;
  readonly needed: number;
}

/** Open until disposed of. */
export interface ExampleSource extends Examples, Disposable {
  readonly info: FeatureInfo;
  readonly leftOut: readonly LeftOut[];
  /** Where its features enter the network that it was opened for. */
  readonly entry: number;
  /**
   * Each read fills the same buffers again.
   * @param rows Examples from 0 to count - 1, in any order, repeats allowed.
   * @param change Of waves, before anything is padded. An example that would become too short for its labels stays as
   *   it is.
   */
  read(rows: ArrayLike<number>, change?: ChangeExample): Promise<Batch>;
  /** Values of one example, the caller's own. */
  valuesOf(row: number): Float32Array;
}

const SAMPLE_SCALE = 1 / 32768;

/** Starts a file; append the features of all examples in order, then finish. @param sampleBits Of waves. */
export function createExamples(
  path: string,
  info: FeatureInfo,
  examples: readonly ExampleEntry[],
  sampleBits: 16 | 32 = 16,
): RowWriter {
  const { representation } = info;
  const lengths = examples.map(({ length }) => length);
  const first = lengths[0] ?? 0;
  const elements = (length: number) => product(shapeOf(representation, length));
  const ints = (values: readonly number[]) => ({ shape: [values.length], data: Int32Array.from(values) });
  const names = new TextEncoder().encode(JSON.stringify(examples.map(({ name }) => name)));
  return new RowWriter(
    path,
    {
      name: "features",
      dtype: isWave(representation) && sampleBits === 16 ? "I16" : "F32",
      shape: lengths.every((length) => length === first)
        ? [lengths.length, ...shapeOf(representation, first)]
        : [lengths.reduce((sum, length) => sum + elements(length), 0)],
    },
    new Map<string, StoredTensor<WritableData>>([
      ["lengths", ints(lengths)],
      ["labels", ints(examples.flatMap(({ labels }) => labels))],
      ["label_lengths", ints(examples.map(({ labels }) => labels.length))],
      ["names", { shape: [names.length], data: names }],
    ]),
    featureMetadata(info),
  );
}

/** What a network must say of itself to take in features. */
export type FeatureTaker = Pick<Network, "steps" | "representations" | "framing" | "classes">;

/**
 * Opens a file for reading batches. Examples whose labels do not fit in their frames are left out and listed.
 *
 * Waves of different lengths are extended behind their end as the network's framing says, so that the last frames are
 * those of the clip alone whatever pads it.
 * @param leastFrames How many frames labels take: see `TaskKind`.
 * @throws {UserError} `bad-file` if the file is damaged or its features are not on the network's way, `bad-dataset` if
 *   no example is left.
 */
export function openExamples(
  path: string,
  network: FeatureTaker,
  leastFrames: (labels: Int32Array) => number,
): ExampleSource {
  const reader = new RowReader(path);
  try {
    const source = new OpenExamples(reader, path, network, leastFrames);
    if (source.count > 0) return source;
    throw new UserError(
      "bad-dataset",
      source.leftOut.length === 0
        ? `Cannot use ${path}: this split of the data set has no examples. Change how the data set is split, or add some.`
        : `Cannot use ${path}: ${leftOutText(source.leftOut)} No example is left: use a smaller hop.`,
    );
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** The classes, rate and length that a file says, before there is a network. @throws {UserError} `bad-file`. */
export function readFeatureInfo(path: string): FeatureInfo {
  const reader = new RowReader(path);
  try {
    return parseFeatureMetadata(reader.header.metadata, path);
  } finally {
    reader.close();
  }
}

/** How many examples a file has, those among them that would be left out. @throws {UserError} `bad-file`. */
export function countExamples(path: string): number {
  const reader = new RowReader(path);
  try {
    return reader.read("lengths", "I32").length;
  } finally {
    reader.close();
  }
}

/** One sentence: how many were left out, and the first of them. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  const { name, frames, needed } = leftOut[0]!;
  const [have, are] = leftOut.length === 1 ? ["example has", "is"] : ["examples have", "are"];
  return `${leftOut.length} ${have} fewer frames than labels take and ${are} left out; the first is ${name}, with ` +
    `${frames} frames where ${needed} are needed.`;
}

function isWave({ name }: Representation): boolean {
  return name === "waveform";
}

class OpenExamples implements ExampleSource {
  readonly info: FeatureInfo;
  readonly classes: readonly string[];
  readonly count: number;
  readonly names: readonly string[];
  readonly frames: Int32Array;
  readonly leftOut: readonly LeftOut[];
  readonly entry: number;
  readonly #reader: RowReader;
  readonly #tensor: TensorEntry;
  readonly #framing: Framing;
  readonly #leastFrames: (labels: Int32Array) => number;
  /** Sizes of the axes before and behind that of time, multiplied. */
  readonly #outer: number;
  readonly #inner: number;
  /** Whether examples are of different lengths. */
  readonly #isRagged: boolean;
  /** `[count]`: where the examples that are left are among all that the file has. */
  readonly #places: Int32Array;
  /** Of all examples, as flat arrays, since there may be millions: lengths, first elements; labels, first labels. */
  readonly #lengths: Int32Array;
  readonly #starts: Float64Array;
  readonly #labels: Int32Array;
  readonly #labelStarts: Float64Array;
  #samples = new Int16Array(0);
  #values = new Float32Array(0);
  #features = new Float32Array(0);

  constructor(
    reader: RowReader,
    path: string,
    network: FeatureTaker,
    leastFrames: (labels: Int32Array) => number,
  ) {
    this.#reader = reader;
    this.info = parseFeatureMetadata(reader.header.metadata, path);
    this.classes = this.info.classes;
    this.entry = entryOf(this.info, network, path);
    this.#framing = network.framing;
    this.#leastFrames = leastFrames;
    const { representation } = this.info;
    const time = representation.axes.findIndex(({ size }) => size === null);
    const sizes = shapeOf(representation, 1);
    this.#outer = product(sizes.slice(0, time));
    this.#inner = product(sizes.slice(time + 1));
    this.#tensor = reader.entry(
      "features",
      ...(isWave(representation) ? ["I16", "F32"] as const : ["F32"] as const),
    );

    const ints = (name: string) => reader.read(name, "I32") as Int32Array;
    const [lengths, labelLengths, labels] = [ints("lengths"), ints("label_lengths"), ints("labels")];
    const names = parseNames(reader.read("names", "U8") as Uint8Array, path);
    this.#isRagged = lengths.some((length) => length !== lengths[0]);
    const elements = this.#outer * this.#inner * sum(lengths);
    checkLayout(
      path,
      product(this.#tensor.shape),
      elements,
      { lengths, labelLengths, labels, names },
      this.classes,
    );

    this.#lengths = lengths;
    this.#starts = startsOf(lengths, this.#outer * this.#inner);
    this.#labels = labels;
    this.#labelStarts = startsOf(labelLengths, 1);
    const frames = this.entry === 0 ? lengths.map((length) => network.framing.frames(length)) : lengths;
    const leftOut: LeftOut[] = [];
    this.#places = lengths.map((_, place) => place).filter((place) => {
      const needed = leastFrames(this.#labelsAt(place));
      const found = frames[place]!;
      if (found < needed) leftOut.push({ name: names[place]!, frames: found, needed });
      return found >= needed;
    });
    this.leftOut = leftOut;
    this.count = this.#places.length;
    this.names = leftOut.length === 0 ? names : Array.from(this.#places, (place) => names[place]!);
    this.frames = this.#places.map((place) => frames[place]!);
  }

  labelsOf(row: number): Int32Array {
    return this.#labelsAt(this.#places[row]!);
  }

  valuesOf(row: number): Float32Array {
    const place = this.#places[row]!;
    const values = new Float32Array(this.#outer * this.#lengths[place]! * this.#inner);
    this.#readValues(this.#starts[place]!, values);
    return values;
  }

  read(rows: ArrayLike<number>, change?: ChangeExample): Promise<Batch> {
    const wanted = Array.from(rows);
    const changed = change && wanted.map((row, clip) => this.#changed(row, clip, change));
    const lengths = wanted.map((row, clip) => changed?.[clip]?.length ?? this.#lengths[this.#places[row]!]!);
    const longest = Math.max(...lengths);
    const isRagged = this.#isRagged || lengths.some((own) => own !== longest);
    const beyond = isRagged && this.entry === 0 ? this.#framing.beyond.samples : 0;
    const length = longest + beyond;
    const size = this.#outer * length * this.#inner;
    if (this.#features.length < wanted.length * size) this.#features = new Float32Array(wanted.length * size);
    const features = this.#features.subarray(0, wanted.length * size);
    if (isRagged) features.fill(0);
    for (const [clip, row] of wanted.entries()) {
      const target = features.subarray(clip * size, (clip + 1) * size);
      this.#readExample(row, target, length, changed?.[clip]);
    }
    const labels = wanted.map((row) => this.labelsOf(row));
    const most = Math.max(1, ...labels.map((own) => own.length));
    const padded = new Int32Array(wanted.length * most);
    labels.forEach((own, clip) => padded.set(own, clip * most));
    return Promise.resolve({
      clips: wanted.length,
      rows,
      features,
      shape: shapeOf(this.info.representation, length),
      entry: this.entry,
      frames: Int32Array.from(
        wanted,
        (row, clip) => changed === undefined ? this.frames[row]! : this.#framing.frames(lengths[clip]!),
      ),
      isRagged,
      labels: padded,
      labelLengths: Int32Array.from(labels, (own) => own.length),
    });
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }

  #changed(row: number, clip: number, change: ChangeExample): Float32Array {
    const values = this.valuesOf(row);
    const changed = change(values, row, clip);
    const isLongEnough = this.#framing.frames(changed.length) >= this.#leastFrames(this.labelsOf(row));
    return isLongEnough ? changed : values;
  }

  /** @param target One padded example. @param length Of its axis of time. @param changed What it became. */
  #readExample(row: number, target: Float32Array, length: number, changed?: Float32Array): void {
    const place = this.#places[row]!;
    const own = changed?.length ?? this.#lengths[place]!;
    const count = this.#outer * own * this.#inner;
    const isWhole = own === length || this.#outer === 1;
    if (!isWhole && this.#values.length < count) this.#values = new Float32Array(count);
    const values = isWhole ? target.subarray(0, count) : this.#values.subarray(0, count);
    if (changed === undefined) this.#readValues(this.#starts[place]!, values);
    else values.set(changed);
    if (this.entry === 0) continueWave(target, own, length - own, this.#framing.beyond);
    if (isWhole) return;
    const [run, padded] = [own * this.#inner, length * this.#inner];
    for (let outer = 0; outer < this.#outer; outer++) {
      target.set(values.subarray(outer * run, (outer + 1) * run), outer * padded);
    }
  }

  #labelsAt(place: number): Int32Array {
    return this.#labels.subarray(this.#labelStarts[place]!, this.#labelStarts[place + 1]!);
  }

  #readValues(first: number, values: Float32Array): void {
    if (this.#tensor.dtype === "F32") return this.#reader.readElements(this.#tensor, first, values);
    if (this.#samples.length < values.length) this.#samples = new Int16Array(values.length);
    const samples = this.#samples.subarray(0, values.length);
    this.#reader.readElements(this.#tensor, first, samples);
    for (let i = 0; i < samples.length; i++) values[i] = samples[i]! * SAMPLE_SCALE;
  }
}

/** Extends a wave behind its end by what its last frames see of it. @param room Samples behind its end. */
function continueWave(
  wave: Float32Array,
  length: number,
  room: number,
  { samples, are }: Framing["beyond"],
): void {
  if (are === "zeros") return;
  const last = length - (are === "reflection" ? 2 : 1);
  for (let i = 0; i < Math.min(samples, room); i++) wave[length + i] = wave[last - i]!;
}

/** @throws {UserError} `bad-file` if the features are not on the network's way. */
function entryOf(info: FeatureInfo, network: FeatureTaker, path: string): number {
  const entry = info.steps.length;
  const { steps, representations, classes } = network;
  const isPrefix = entry <= steps.length &&
    info.steps.every((step, i) => equal(step, computedBy(steps[i]!)));
  const wanted = representations[Math.min(entry, steps.length)]!;
  if (isPrefix && equal(info.representation, wanted) && info.classes.length === classes) return entry;
  throw new UserError(
    "bad-file",
    `Cannot use ${path}: found ${describe(info.representation)} of ${info.classes.length} classes` +
      `${isPrefix ? "" : ", made by other steps than the network's"}, but the network takes ${
        describe(wanted)
      } of ` +
      `${classes} classes. Make the features again.`,
  );
}

/** As JSON, whatever order keys are in. */
function equal(a: object, b: object): boolean {
  const text = (value: object) => canonicalJson(JSON.parse(JSON.stringify(value)));
  return text(a) === text(b);
}

/** @throws {UserError} `bad-file`. */
function parseNames(bytes: Uint8Array, path: string): readonly string[] {
  return parseRecordText(
    NAMES,
    new TextDecoder().decode(bytes),
    `Cannot use ${path}: names of examples`,
    "Make the file again.",
  );
}

/** Checked at once: there may be millions. */
const NAMES = z.custom<readonly string[]>(
  (value) => Array.isArray(value) && value.every((name) => typeof name === "string"),
  "wanted a list of texts",
);

interface Layout {
  readonly lengths: Int32Array;
  readonly labelLengths: Int32Array;
  readonly labels: Int32Array;
  readonly names: readonly string[];
}

function checkLayout(
  path: string,
  found: number,
  wanted: number,
  { lengths, labelLengths, labels, names }: Layout,
  classes: readonly string[],
): void {
  const wrong = labels.find((label) => label < 0 || label >= classes.length);
  const problem = found !== wanted || lengths.some((length) => length < 0)
    ? `${found} values of features, wanted ${wanted}`
    : lengths.length !== labelLengths.length || lengths.length !== names.length
    ? `${lengths.length} lengths, ${labelLengths.length} of labels and ${names.length} names, wanted as many of each`
    : sum(labelLengths) !== labels.length
    ? `${labels.length} labels, wanted ${sum(labelLengths)}`
    : wrong !== undefined
    ? `label ${wrong}, wanted 0 to ${classes.length - 1}`
    : undefined;
  if (problem === undefined) return;
  throw new UserError("bad-file", `Cannot use ${path}: found ${problem}. Make the file again.`);
}

/** Where each of some stretches begins that lie one behind the other, and where the last one ends. */
function startsOf(lengths: Int32Array, size: number): Float64Array {
  const starts = new Float64Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) starts[i + 1] = starts[i]! + size * length;
  return starts;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

function sum(values: Int32Array): number {
  return values.reduce((all, value) => all + value, 0);
}
