/**
 * Stage `features` of utterances of any length: carries each as far as nothing is trained, and stores the result by
 * split. What needs a tensor library is imported only when there is something to compute.
 */
import { frameCount, padSamples } from "../../lib/audio/framing.ts";
import { type BackendName, openBackend } from "../../lib/backend/backend_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { SPLITS } from "../../lib/datasets/dataset_index.ts";
import { parseUtteranceIndex, type Utterance } from "../../lib/datasets/utterance_index.ts";
import { UtteranceReader } from "../../lib/datasets/utterances_io.ts";
import type { WritableData } from "../../lib/formats/safetensors.ts";
import { openPrefixShape, type PrefixSpec } from "../../lib/frontends/spec.ts";
import { createSequences } from "../../lib/train/sequence_file_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

/** Reads inputs `audio` (folder) and `index`; writes `train`, `validation` and `test` with `.safetensors`. */
export interface SequenceFeaturesSlice {
  readonly prefix: PrefixSpec;
  readonly sample_rate: number;
  /** Null where nothing is computed: waveforms are stored as they are. */
  readonly backend: BackendName | null;
}

/** @param samples `[n]`. @returns `[rows, ...]`, frames first. */
type Transform = (samples: Int16Array) => Promise<WritableData>;

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as SequenceFeaturesSlice;
  const { prefix } = slice;
  const index = parseUtteranceIndex(Deno.readTextFileSync(io.input("index")));
  const reader = new UtteranceReader(io.input("audio"), slice.sample_rate);
  const transform = await openTransform(slice, io.threads);
  const info = {
    representation: prefix.representation,
    classes: index.classes,
    sampleRate: slice.sample_rate,
  };
  const rowShape = openPrefixShape(prefix).filter((axis) => axis !== null);
  const total = SPLITS.reduce((sum, split) => sum + index.splits[split].length, 0);
  let done = 0;
  for (const split of SPLITS) {
    const utterances = index.splits[split];
    const entries = utterances.map((utterance) => ({
      name: utterance.name,
      rows: rowsOf(utterance, prefix),
      labels: labelsOf(utterance, index.classes),
    }));
    const writer = createSequences(io.output(`${split}.safetensors`), info, rowShape, entries);
    for (const [i, utterance] of utterances.entries()) {
      const samples = reader.read(utterance);
      if (samples.length !== utterance.samples) throw changed(utterance, samples.length);
      if (entries[i]!.rows > 0) writer.append(await transform(samples));
      if (++done % 10 === 0 || done === total) io.progress({ done, total, unit: "utterances" });
    }
    writer.finish();
  }
}

/** None of an utterance that is too short to be reflected at its ends; it is left out later, with the reason. */
function rowsOf({ samples }: Utterance, prefix: PrefixSpec): number {
  if (prefix.representation === "waveform") return samples;
  return samples > padSamples(prefix.nFft) ? frameCount(samples, prefix) : 0;
}

async function openTransform(
  { prefix, backend }: SequenceFeaturesSlice,
  threads: number,
): Promise<Transform> {
  if (prefix.representation === "waveform") return (samples) => Promise.resolve(samples);
  if (backend === null) throw new Error(`Features of ${prefix.representation} need a backend`);
  await openBackend(backend, { threads });
  const tf = await import("@tensorflow/tfjs");
  const { openPrefix } = await import("../../lib/frontends/prefix.ts");
  const open = openPrefix(prefix);
  const bandsFirst = openPrefixShape(prefix)[0] !== null;
  return async (samples) => {
    const wave = Float32Array.from(samples, (sample) => sample / 32768);
    const features = tf.tidy(() => {
      const computed = open.apply(tf.tensor2d(wave, [1, wave.length]));
      return bandsFirst ? tf.transpose(computed, [0, 2, 1]) : computed;
    });
    const values = await features.data<"float32">();
    features.dispose();
    return values;
  };
}

function labelsOf({ transcript, name }: Utterance, classes: readonly string[]): number[] {
  return transcript.split(" ").filter(Boolean).map((label) => {
    const found = classes.indexOf(label);
    if (found > 0) return found;
    throw new UserError(
      "bad-file",
      `Cannot label ${name}: found ${
        JSON.stringify(label)
      }, which is none of the index's classes. Index the data set again.`,
    );
  });
}

function changed({ name, samples }: Utterance, found: number): UserError {
  return new UserError(
    "input-changed",
    `Cannot use ${name}: it has ${found} samples, its index says ${samples}. The recording changed meanwhile; index the ` +
      `data set again.`,
  );
}

if (import.meta.main) await serveStage(run);
