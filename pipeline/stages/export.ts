/** Stage `export`: a checkpoint as a model that other programs run. */
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { readTensors } from "../../lib/formats/safetensors_io.ts";
import { DTYPES, exportOnnx } from "../../lib/onnx/export.ts";
import { backendSchema } from "../../lib/records/specs.ts";
import { defineStage } from "../engine/stage.ts";

/** Reads input `checkpoint`; writes `model.onnx` and `about.json`, what that says of itself. */
const slice = z.strictObject({
  run: z.string(),
  run_id: z.string(),
  checkpoint: z.enum(["best", "last"]),
  sha256: z.string(),
  dtype: z.enum(DTYPES),
  backend: backendSchema,
});

export type ExportSlice = z.output<typeof slice>;

export const stage = defineStage({
  slice,
  async run(io, { backend, dtype, ...from }) {
    io.madeWith((await openBackend(backend, { threads: io.threads })).facts);
    const path = io.input("checkpoint");
    const { bytes, metadata, reason } = await exportOnnx(readTensors(path), path, from, dtype);
    if (reason !== null) io.note("info", `Takes clips of one length only, as ${reason} depends on it`);
    Deno.writeFileSync(io.output("model.onnx"), bytes);
    Deno.writeTextFileSync(io.output("about.json"), JSON.stringify(metadata));
  },
});

if (import.meta.main) await stage.serve();
