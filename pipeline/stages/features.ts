/**
 * Stage `features`: carries the examples of a split as far as nothing is trained. What needs a tensor library is
 * imported only when there is something to compute; models and training are none of its concern.
 */
import { z } from "zod";
import { type BackendName, openBackend } from "../../lib/backend/backend_io.ts";
import { toInt16 } from "../../lib/audio/wav.ts";
import { UserError } from "../../lib/base/errors.ts";
import { tellFindings } from "../../lib/data/finding.ts";
import { ExampleReader } from "../../lib/data/example_reader_io.ts";
import type { WritableData } from "../../lib/formats/safetensors.ts";
import { type Chain, planSteps } from "../../lib/frontends/plan.ts";
import { WAVEFORM } from "../../lib/nn/representation.ts";
import { type Example, type ExampleIndex, parseIndex } from "../../lib/records/example_index.ts";
import { backendSchema, stepSchema } from "../../lib/records/specs.ts";
import { createExamples, type ExampleEntry } from "../../lib/train/example_file_io.ts";
import { openWaveFile } from "../../lib/train/wave_file_io.ts";
import { defineStage, type StageIo } from "../engine/stage.ts";

/**
 * Reads inputs `index` and the data set's recordings, each under its name, or `waves`, which this stage stored and
 * another changed; writes `features.safetensors`.
 */
const slice = z.strictObject({
  /** The frozen prefix of a front-end. */
  steps: z.array(stepSchema),
  /** Null where nothing is computed: waves are stored as they are. */
  backend: backendSchema.nullable(),
});

/** @param samples `[count, length]`, full scale 1. @returns `[count, ...shape]`. */
type Transform = (samples: Float32Array, count: number, length: number) => Promise<WritableData>;

/** Examples computed at once: enough to keep kernels busy, few enough that power spectra stay below 10 MB. */
const CHUNK = 64;

export const stage = defineStage({
  slice,
  async run(io, { steps, backend }) {
    using waves = openWaves(io);
    const { classes, sampleRate, clipSamples, sampleBits, entries } = waves;
    const chain = steps.length === 0 ? null : await planSteps(steps);
    const transform: Transform = chain === null || backend === null
      ? (samples) => Promise.resolve(sampleBits === 16 ? toInt16(samples) : samples)
      : await openTransform(io, chain, backend);
    // Of an example that is too short for one frame nothing is stored; it is left out later, with the reason.
    const lengthOf = ({ length }: ExampleEntry) => chain?.framing.frames(length) ?? length;
    const representation = chain?.representations.at(-1) ?? WAVEFORM;
    const writer = createExamples(
      io.output("features.safetensors"),
      { steps, representation, classes, sampleRate, clipSamples },
      entries.map((entry) => ({ ...entry, length: lengthOf(entry) })),
      sampleBits,
    );
    const silent: string[] = [];
    let buffer = new Float32Array(0); // of all chunks: memory that was never touched costs more than what is computed
    let done = 0;
    for (const chunk of chunksOf(entries)) {
      const { length } = chunk[0]!;
      if (buffer.length < chunk.length * length) buffer = new Float32Array(chunk.length * length);
      const samples = buffer.subarray(0, chunk.length * length);
      for (const [i, { name }] of chunk.entries()) {
        const own = await waves.read(done + i);
        if (own.every((sample) => sample === 0)) silent.push(name);
        samples.set(own, i * length);
      }
      if (lengthOf(chunk[0]!) > 0) writer.append(await transform(samples, chunk.length, length));
      io.progress({ done: done += chunk.length, total: entries.length, unit: "examples" });
    }
    writer.finish();
    tellFindings([{
      level: "warning",
      what: "examples are zero from beginning to end, and were taken as they are",
      names: silent,
      remedy: "Remove recordings that went wrong, and index the data set again.",
    }], io);
  },
});

/** Examples as they are read, each `[length]` samples at full scale 1. */
interface Waves
  extends Disposable, Pick<ExampleIndex, "classes" | "sampleRate" | "clipSamples" | "sampleBits"> {
  readonly entries: readonly ExampleEntry[];
  read(row: number): Promise<Float32Array>;
}

function openWaves(io: StageIo): Waves {
  if (io.inputs["waves"] !== undefined) {
    const file = openWaveFile(io.input("waves"));
    return {
      ...file.info,
      sampleBits: 32,
      entries: file.entries,
      read: (row) => Promise.resolve(file.valuesOf(row)),
      [Symbol.dispose]: () => file[Symbol.dispose](),
    };
  }
  const path = io.input("index");
  const index = parseIndex(Deno.readTextFileSync(path), path);
  const reader = new ExampleReader(io.inputs, index);
  return {
    ...index,
    entries: index.examples.map((example) => ({
      name: example.name,
      length: example.samples,
      labels: labelsOf(example, index),
    })),
    read: (row) => reader.read(index.examples[row]!),
    [Symbol.dispose]: () => {},
  };
}

/** Neighbours of one length, at most {@link CHUNK}. */
function* chunksOf(entries: readonly ExampleEntry[]): Generator<readonly ExampleEntry[]> {
  for (let start = 0; start < entries.length;) {
    const { length } = entries[start]!;
    let end = start + 1;
    while (end < entries.length && end - start < CHUNK && entries[end]!.length === length) end++;
    yield entries.slice(start, end);
    start = end;
  }
}

async function openTransform(io: StageIo, chain: Chain, backend: BackendName): Promise<Transform> {
  io.madeWith((await openBackend(backend, { threads: io.threads })).facts);
  const tf = await import("@tensorflow/tfjs");
  const { openChain } = await import("../../lib/frontends/open.ts");
  const { frozenState } = await import("../../lib/nn/state.ts");
  const open = await openChain(chain);
  const constants = frozenState(chain);
  return async (samples, count, length) => {
    const features = tf.tidy(() =>
      open.transform(
        constants,
        tf.tensor2d(samples, [count, length]),
        { training: false },
        0,
        chain.steps.length,
      )
    );
    const values = await features.data<"float32">();
    features.dispose();
    return values;
  };
}

function labelsOf({ labels, name }: Example, { classes }: ExampleIndex): number[] {
  return labels.map((label) => {
    const found = classes.indexOf(label);
    if (found >= 0) return found;
    throw new UserError(
      "bad-file",
      `Cannot label ${name}: found ${
        JSON.stringify(label)
      }, which is none of the index's classes. Index the data set ` +
        `again.`,
    );
  });
}

if (import.meta.main) await stage.serve();
