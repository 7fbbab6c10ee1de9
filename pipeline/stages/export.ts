/** Stage `export`: a checkpoint as a model that other programs run. */
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { type Calibration, DTYPES, exportOnnx } from "../../lib/onnx/export.ts";
import type { StreamFacts } from "../../lib/onnx/stream/facts.ts";
import { backendSchema } from "../../lib/records/specs.ts";
import { openWaveFile } from "../../lib/train/wave_file_io.ts";
import { defineStage, type StageIo } from "../engine/stage.ts";

/** Clips that ranges are taken from: of each class some, as they lie spread evenly over the split. */
const CALIBRATION_CLIPS = 128;

/** Reads input `checkpoint`, and to quantise `examples` (waves of the training split); writes `model.onnx` and `about.json`, what that says of itself. */
const slice = z.strictObject({
  run: z.string(),
  run_id: z.string(),
  checkpoint: z.enum(["best", "last", "file"]),
  sha256: z.string(),
  dtype: z.enum(DTYPES),
  quantise: z.enum(["int8"]).nullable(),
  /** How many frames each call takes of a stream, null: as many as a decision's hop has; null in its place: it takes clips. */
  streaming: z.strictObject({ frames: z.int().min(1).nullable() }).nullable().default(null),
  backend: backendSchema,
});

export type ExportSlice = z.output<typeof slice>;

export const stage = defineStage({
  slice,
  async run(io, { backend, dtype, quantise, streaming, ...from }) {
    io.madeWith((await openBackend(backend, { threads: io.threads })).facts);
    const path = io.input("checkpoint");
    const { bytes, metadata, reason, stream } = await exportOnnx(readTensors(path), path, from, {
      dtype,
      calibration: quantise === null ? null : calibrationOf(io),
      streaming,
    });
    if (stream !== null) io.note("info", spokenOf(stream));
    if (reason !== null) io.note("info", `Takes clips of one length only, as ${reason} depends on it`);
    Deno.writeFileSync(io.output("model.onnx"), bytes);
    Deno.writeTextFileSync(io.output("about.json"), JSON.stringify(metadata));
  },
});

function spokenOf({ block_samples, hop_seconds, delay_samples }: StreamFacts): string {
  const milliseconds = (seconds: number) => `${Math.round(1000 * seconds)} ms`;
  const late = milliseconds(delay_samples / block_samples * hop_seconds);
  return `Takes ${block_samples} samples a call (${milliseconds(hop_seconds)}) and decides ${late} late`;
}

function calibrationOf(io: StageIo): Calibration {
  using examples = openWaveFile(io.input("examples"));
  const { length } = examples.entries;
  const count = Math.min(CALIBRATION_CLIPS, length);
  const rows = Array.from({ length: count }, (_, i) => Math.floor(i * length / count));
  io.note("info", `Ranges of values are those on ${count} of ${length} training clips`);
  return {
    clips: rows.map((row) => examples.valuesOf(row)),
    onClip: (done) => io.progress({ done, total: count, unit: "clips" }),
  };
}

if (import.meta.main) await stage.serve();
