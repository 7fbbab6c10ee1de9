/**
 * Features of one split in one safetensors file: `features` `[clips, ...shape]` (F32, or I16 for waveforms, which
 * are 1/32768ths), `labels` `[clips]` (I32), and in the metadata what was computed from what. Training reads the
 * rows of a batch from the file; a split never has to fit into memory.
 */
import { UserError } from "../base/errors.ts";
import { RowReader, RowWriter } from "../formats/safetensors_io.ts";
import type { Dtype, TensorEntry } from "../formats/safetensors.ts";
import type { Network, Representation } from "../nn/types.ts";
import { isRepresentation, parseStrings, REPRESENTATIONS } from "./feature_metadata.ts";
import type { Batch, BatchSource } from "./source.ts";

export interface FeatureInfo {
  readonly representation: Representation;
  readonly classes: readonly string[];
  readonly sampleRate: number;
  /** Length of the clips that the features were computed from. */
  readonly clipSamples: number;
}

/** Open until disposed of. */
export interface FeatureSource extends BatchSource, Disposable {
  readonly info: FeatureInfo;
}

const SAMPLE_SCALE = 1 / 32768;

/**
 * Starts a feature file; append the rows of all clips in order, then finish.
 * @param shape Of one clip. @param labels Class indices of all clips.
 */
export function createFeatures(
  path: string,
  info: FeatureInfo,
  shape: readonly number[],
  labels: Int32Array,
): RowWriter {
  const dtype: Dtype = info.representation === "waveform" ? "I16" : "F32";
  return new RowWriter(
    path,
    { name: "features", dtype, shape: [labels.length, ...shape] },
    new Map([["labels", { shape: [labels.length], data: labels }]]),
    {
      representation: info.representation,
      classes: JSON.stringify(info.classes),
      sample_rate: String(info.sampleRate),
      clip_samples: String(info.clipSamples),
    },
  );
}

/**
 * Opens a feature file for reading batches. Each read fills the same buffers again.
 * @throws {UserError} `bad-file` if the file is damaged or not a feature file.
 */
export function openFeatures(path: string): FeatureSource {
  const reader = new RowReader(path);
  try {
    const entry = reader.entry("features", "F32", "I16");
    const labels = reader.read("labels", "I32") as Int32Array;
    const info = readInfo(path, reader.header.metadata);
    checkLabels(path, entry, labels, info.classes.length);
    return new OpenFeatures(reader, entry, labels, info);
  } catch (error) {
    reader.close();
    throw error;
  }
}

/**
 * Checks that a network can take these features in.
 * @param path Names the file in errors.
 * @throws {UserError} `bad-file` if they are something else, `bad-dataset` if there are no clips.
 */
export function checkFeatures(
  source: FeatureSource,
  path: string,
  { input, classes }: Pick<Network, "input" | "classes">,
): void {
  const { info, shape, count } = source;
  const found = `${info.representation} [${shape}] of ${info.classes.length} classes`;
  const wanted = `${input.representation} [${input.shape}] of ${classes} classes`;
  if (found !== wanted) {
    throw new UserError(
      "bad-file",
      `Cannot use ${path}: found ${found}, but the network takes ${wanted}. Make the features again.`,
    );
  }
  if (count === 0) {
    throw new UserError(
      "bad-dataset",
      `Cannot use ${path}: this split of the data set has no clips. Change how the data set is split, or add clips.`,
    );
  }
}

class OpenFeatures implements FeatureSource {
  readonly count: number;
  readonly shape: readonly number[];
  readonly labels: Int32Array;
  readonly info: FeatureInfo;
  readonly #reader: RowReader;
  readonly #entry: TensorEntry;
  readonly #rowSize: number;
  #samples = new Int16Array(0);
  #features = new Float32Array(0);
  #labels = new Int32Array(0);

  constructor(reader: RowReader, entry: TensorEntry, labels: Int32Array, info: FeatureInfo) {
    [this.count, ...this.shape] = entry.shape as [number, ...number[]];
    this.labels = labels;
    this.info = info;
    this.#reader = reader;
    this.#entry = entry;
    this.#rowSize = this.shape.reduce((product, size) => product * size, 1);
  }

  read(rows: ArrayLike<number>): Promise<Batch> {
    const size = rows.length * this.#rowSize;
    if (this.#features.length < size) this.#features = new Float32Array(size);
    if (this.#labels.length < rows.length) this.#labels = new Int32Array(rows.length);
    const features = this.#features.subarray(0, size);
    const labels = this.#labels.subarray(0, rows.length);
    if (this.#entry.dtype === "F32") this.#reader.readRows(this.#entry, rows, features);
    else this.#readSamples(rows, features);
    for (let i = 0; i < rows.length; i++) labels[i] = this.labels[rows[i]!]!;
    return Promise.resolve({ features, labels });
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }

  #readSamples(rows: ArrayLike<number>, features: Float32Array): void {
    if (this.#samples.length < features.length) this.#samples = new Int16Array(features.length);
    const samples = this.#samples.subarray(0, features.length);
    this.#reader.readRows(this.#entry, rows, samples);
    for (let i = 0; i < samples.length; i++) features[i] = samples[i]! * SAMPLE_SCALE;
  }
}

function readInfo(path: string, metadata: Readonly<Record<string, string>>): FeatureInfo {
  const { representation = "" } = metadata;
  const classes = parseStrings(metadata["classes"]);
  const sampleRate = Number(metadata["sample_rate"]);
  const clipSamples = Number(metadata["clip_samples"]);
  if (
    !isRepresentation(representation) || classes === null || !(sampleRate > 0) || !(clipSamples > 0)
  ) {
    throw new UserError(
      "bad-file",
      `Cannot use ${path} as features: found metadata ${JSON.stringify(metadata)}, wanted representation ` +
        `(${REPRESENTATIONS.join(", ")}), classes, sample_rate and clip_samples. Make the file again.`,
    );
  }
  return { representation, classes, sampleRate, clipSamples };
}

function checkLabels(path: string, entry: TensorEntry, labels: Int32Array, classes: number): void {
  const wrong = labels.find((label) => label < 0 || label >= classes);
  if (entry.shape[0] === labels.length && wrong === undefined) return;
  const found = wrong === undefined ? `${labels.length} labels` : `label ${wrong}`;
  throw new UserError(
    "bad-file",
    `Cannot use ${path} as features: found ${found}, wanted ${entry.shape[0]} labels below ${classes}. ` +
      `Make the file again.`,
  );
}
