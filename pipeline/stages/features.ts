/**
 * Stage `features`: carries the examples of a split as far as nothing is trained. A tensor library is imported only
 * where what is computed is more than one pass over frames; models and training are none of its concern.
 */
import { z } from "zod";
import { type BackendName, factsOf, openBackend } from "../../lib/backend/backend_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { tellFindings } from "../../lib/data/finding.ts";
import { ExampleReader } from "../../lib/data/example_reader_io.ts";
import { plainPass } from "../../lib/frontends/plain_pass.ts";
import { type Chain, planSteps } from "../../lib/frontends/plan.ts";
import type { ExampleBatch, ExampleBatches } from "../../lib/frontends/prefix_batches.ts";
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

/** In a batch: enough to keep threads busy, few enough that power spectra stay below 10 MB. */
const MOST = { examples: 64, samples: 1 << 20 } as const;

export const stage = defineStage({
  slice,
  async run(io, { steps, backend }) {
    using waves = openWaves(io);
    const { classes, sampleRate, clipSamples, sampleBits, entries } = waves;
    const chain = steps.length === 0 ? null : await planSteps(steps);
    using transform = chain === null || backend === null
      ? asTheyAre(sampleBits)
      : await openTransform(io, chain, backend, sampleBits);
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
    let before: ExampleBatch | null = null;
    let done = 0;
    // While other threads compute one batch, this one reads the next and writes the one before.
    for (const chunk of chunksOf(entries, transform.takesAnyLengths)) {
      const kept = chunk.filter((entry) => lengthOf(entry) > 0);
      const batch = transform.batch(kept.map(({ length }) => length));
      let place = 0;
      for (const [i, entry] of chunk.entries()) {
        const samples = await waves.read(done + i);
        if (samples.every((sample) => sample === 0)) silent.push(entry.name);
        if (entry === kept[place]) batch.set(place++, samples);
      }
      await before?.finish();
      batch.start();
      if (before !== null) writer.append(before.values());
      before = batch;
      io.progress({ done: done += chunk.length, total: entries.length, unit: "examples" });
    }
    await before?.finish();
    if (before !== null) writer.append(before.values());
    writer.finish();
    tellFindings([{
      level: "warning",
      what: "examples are zero from beginning to end, and were taken as they are",
      names: silent,
      remedy: "Remove recordings that went wrong, and index the data set again.",
    }], io);
  },
});

/** Examples as they are read, each `[length]` samples: 16-bit integers, or at full scale 1. */
interface Waves
  extends Disposable, Pick<ExampleIndex, "classes" | "sampleRate" | "clipSamples" | "sampleBits"> {
  readonly entries: readonly ExampleEntry[];
  /** @returns Valid until the next are read. */
  read(row: number): Promise<Int16Array | Float32Array>;
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
    read: (row) => reader.readStored(index.examples[row]!),
    [Symbol.dispose]: () => {},
  };
}

/** Neighbours, as many as {@link MOST}, at least one. @param anyLengths Else they are of one length. */
function* chunksOf(
  entries: readonly ExampleEntry[],
  anyLengths: boolean,
): Generator<readonly ExampleEntry[]> {
  for (let start = 0; start < entries.length;) {
    let [end, samples] = [start, 0];
    do samples += entries[end++]!.length; while (
      end < entries.length && end - start < MOST.examples &&
      samples + entries[end]!.length <= MOST.samples &&
      (anyLengths || entries[end]!.length === entries[start]!.length)
    );
    yield entries.slice(start, end);
    start = end;
  }
}

/** Waves are stored as they are. */
function asTheyAre(sampleBits: 16 | 32): ExampleBatches {
  const Values = sampleBits === 16 ? Int16Array : Float32Array;
  let [own, other] = [new Values(0), new Values(0)]; // one is filled while the other is written
  return {
    takesAnyLengths: true,
    batch(lengths) {
      const starts: number[] = [];
      let count = 0;
      for (const length of lengths) {
        starts.push(count);
        count += length;
      }
      [own, other] = [other, own];
      if (own.length < count) own = new Values(count);
      const values = own.subarray(0, count);
      return {
        set: (place, samples) => values.set(samples, starts[place]),
        start: () => {},
        finish: () => {},
        values: () => values,
      };
    },
    [Symbol.dispose]: () => {},
  };
}

async function openTransform(
  io: StageIo,
  chain: Chain,
  backend: BackendName,
  sampleBits: 16 | 32,
): Promise<ExampleBatches> {
  const pass = backend === "wasm" ? plainPass(chain) : undefined;
  if (pass === undefined) {
    io.madeWith((await openBackend(backend, { threads: io.threads })).facts);
    const { openTensors } = await import("../../lib/frontends/prefix_batches.ts");
    return await openTensors(chain);
  }
  // Loading a tensor library would take longer than computing a few thousand clips without one.
  io.madeWith(await factsOf(backend));
  const { openBatches } = await import("../../lib/kernels/spectrum/batches_io.ts");
  const batches = await openBatches(pass, io.threads);
  return {
    takesAnyLengths: true,
    batch: (lengths) => batches.place(lengths, sampleBits === 16),
    [Symbol.dispose]: () => batches[Symbol.dispose](),
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
