/** The examples of a split as waves, where no network reads them. */
import { WAVEFORM } from "../nn/representation.ts";
import type { FeatureInfo } from "../records/features.ts";
import {
  countExamples,
  type ExampleEntry,
  type ExampleSource,
  type FeatureTaker,
  openExamples,
  readFeatureInfo,
} from "./example_file_io.ts";

export interface WaveFile extends Disposable {
  readonly info: FeatureInfo;
  /** In the order of the rows; a split may have none. */
  readonly entries: readonly ExampleEntry[];
  /** Names of classes. */
  labelsOf(row: number): readonly string[];
  /** At full scale 1; the caller's own. */
  valuesOf(row: number): Float32Array;
}

/** Each sample is a frame: examples are as long as they are. */
const TAKER: Omit<FeatureTaker, "classes"> = {
  steps: [],
  representations: [WAVEFORM],
  framing: {
    frames: (samples) => samples,
    hopSamples: 1,
    beyond: { samples: 0, are: "zeros" },
  },
};

/** @throws {UserError} `bad-file` if it holds no waves. */
export function openWaveFile(path: string): WaveFile {
  const info = readFeatureInfo(path);
  const { classes } = info;
  const source = countExamples(path) === 0
    ? null
    : openExamples(path, { ...TAKER, classes: classes.length }, () => 0);
  const entries = source === null ? [] : entriesOf(source);
  return {
    info,
    entries,
    labelsOf: (row) => entries[row]!.labels.map((label) => classes[label]!),
    valuesOf: (row) => source!.valuesOf(row),
    [Symbol.dispose]: () => source?.[Symbol.dispose](),
  };
}

function entriesOf(source: ExampleSource): ExampleEntry[] {
  return source.names.map((name, row) => ({
    name,
    length: source.frames[row]!,
    labels: Array.from(source.labelsOf(row)),
  }));
}
