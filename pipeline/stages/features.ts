/**
 * Stage `features`: carries every clip as far as nothing is trained, and stores the result by split. What needs a
 * tensor library is imported only when there is something to compute; models and training are none of its concern.
 */
import { type BackendName, openBackend } from "../../lib/backend/backend_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { ClipReader } from "../../lib/datasets/clips_io.ts";
import { type Clip, type DatasetIndex, parseIndex, SPLITS } from "../../lib/datasets/dataset_index.ts";
import type { WritableData } from "../../lib/formats/safetensors.ts";
import { prefixShape, type PrefixSpec } from "../../lib/frontends/spec.ts";
import { createFeatures, type FeatureInfo } from "../../lib/train/feature_file_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

/** Reads inputs `audio` (folder), `test_audio` (where the test split has a folder of its own) and `index`; writes `train`, `validation` and `test` with `.safetensors`. */
export interface FeaturesSlice {
  readonly prefix: PrefixSpec;
  readonly clip_samples: number;
  readonly sample_rate: number;
  /** Null where nothing is computed: waveforms are stored as they are. */
  readonly backend: BackendName | null;
}

/** @param samples `[clips, clip_samples]`. @returns `[clips, ...shape of a clip's features]`. */
type Transform = (samples: Int16Array, clips: number) => Promise<WritableData>;

/** Clips computed at once: enough to keep kernels busy, few enough that power spectra stay below 10 MB. */
const CHUNK = 64;

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as FeaturesSlice;
  const index = readIndex(io.input("index"), slice);
  const transform = await openTransform(slice, io.threads);
  const shape = prefixShape(slice.prefix, slice.clip_samples);
  const info: FeatureInfo = {
    representation: slice.prefix.representation,
    classes: index.classes,
    sampleRate: slice.sample_rate,
    clipSamples: slice.clip_samples,
  };
  const report = progressReport(io, SPLITS.reduce((total, split) => total + index.splits[split].length, 0));
  for (const split of SPLITS) {
    const folder = split === "test" ? io.inputs["test_audio"] : undefined;
    const reader = new ClipReader(folder ?? io.input("audio"), {
      sampleRate: slice.sample_rate,
      clipSamples: slice.clip_samples,
    });
    const clips = index.splits[split];
    const labels = labelsOf(clips, index.classes);
    const writer = createFeatures(io.output(`${split}.safetensors`), info, shape, labels);
    for (let start = 0; start < clips.length; start += CHUNK) {
      const chunk = clips.slice(start, start + CHUNK);
      writer.append(await transform(readSamples(reader, chunk, slice.clip_samples), chunk.length));
      report(chunk.length);
    }
    writer.finish();
  }
}

function readIndex(path: string, slice: FeaturesSlice): DatasetIndex {
  const index = parseIndex(Deno.readTextFileSync(path));
  if (index.sample_rate === slice.sample_rate && index.clip_samples === slice.clip_samples) return index;
  throw new UserError(
    "bad-file",
    `Cannot use ${path}: found clips of ${index.clip_samples} samples at ${index.sample_rate} Hz, wanted ` +
      `${slice.clip_samples} at ${slice.sample_rate} Hz. Index the data set again.`,
  );
}

async function openTransform(
  { prefix, backend, clip_samples }: FeaturesSlice,
  threads: number,
): Promise<Transform> {
  if (prefix.representation === "waveform") return (samples) => Promise.resolve(samples);
  if (backend === null) throw new Error(`Features of ${prefix.representation} need a backend`);
  await openBackend(backend, { threads });
  const tf = await import("@tensorflow/tfjs");
  const { applyPrefix } = await import("../../lib/frontends/prefix.ts");
  return async (samples, clips) => {
    const waves = Float32Array.from(samples, (sample) => sample / 32768);
    const features = tf.tidy(() => applyPrefix(prefix, tf.tensor2d(waves, [clips, clip_samples])));
    const values = await features.data<"float32">();
    features.dispose();
    return values;
  };
}

/** `[clips, clip_samples]`. */
function readSamples(reader: ClipReader, clips: readonly Clip[], clipSamples: number): Int16Array {
  const samples = new Int16Array(clips.length * clipSamples);
  for (const [i, clip] of clips.entries()) samples.set(reader.read(clip), i * clipSamples);
  return samples;
}

function labelsOf(clips: readonly Clip[], classes: readonly string[]): Int32Array {
  return Int32Array.from(clips, ({ label, path }) => {
    const found = classes.indexOf(label);
    if (found >= 0) return found;
    throw new UserError(
      "bad-file",
      `Cannot label ${path}: found class ${JSON.stringify(label)}, wanted one of ${
        classes.join(", ")
      }. Index the ` +
        `data set again.`,
    );
  });
}

function progressReport(io: StageIo, total: number): (clips: number) => void {
  let done = 0;
  return (clips) => io.progress({ done: done += clips, total, unit: "clips" });
}

if (import.meta.main) await serveStage(run);
