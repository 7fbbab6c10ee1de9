/** Stage `background`: what a body makes of clips that it was trained on, for words that are enrolled against them. */
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { encodeBackground } from "../../lib/enrol/background.ts";
import { openBody } from "../../lib/enrol/body.ts";
import { backendSchema } from "../../lib/records/specs.ts";
import { openWaveFile } from "../../lib/train/wave_file_io.ts";
import { defineStage } from "../engine/stage.ts";

/** Clips that a new word is told from: of each class some, as they lie spread evenly over the split. */
const MOST_CLIPS = 2000;
/** Of all embeddings together: a linear model's are its whole input, and learning from them takes as much longer. */
const MOST_NUMBERS = 2_000_000;
/** Clips between two reports of progress. */
const CLIPS_PER_REPORT = 100;

/** Reads inputs `checkpoint` and `examples` (waves of the training split); writes `background.safetensors`. */
const slice = z.strictObject({ backend: backendSchema });

export type BackgroundSlice = z.output<typeof slice>;

export const stage = defineStage({
  slice,
  async run(io, { backend }) {
    io.madeWith((await openBackend(backend, { threads: io.threads })).facts);
    const path = io.input("checkpoint");
    using body = await openBody(Deno.readFileSync(path), path);
    using examples = openWaveFile(io.input("examples"));
    const { entries, info: { classes } } = examples;
    const count = Math.min(MOST_CLIPS, entries.length, Math.ceil(MOST_NUMBERS / body.size));
    const rows = Array.from({ length: count }, (_, i) => Math.floor(i * entries.length / count));
    const embeddings = new Float32Array(count * body.size);
    for (let start = 0; start < count; start += CLIPS_PER_REPORT) {
      const waves = rows.slice(start, start + CLIPS_PER_REPORT).map((row) => examples.valuesOf(row));
      embeddings.set(await body.embed(waves), start * body.size);
      io.progress({ done: start + waves.length, total: count, unit: "clips" });
    }
    const labels = Int32Array.from(rows, (row) => entries[row]!.labels[0]!);
    const names = rows.map((row) => entries[row]!.name);
    Deno.writeFileSync(
      io.output("background.safetensors"),
      encodeBackground({ embeddings, labels, classes, names }, body),
    );
  },
});

if (import.meta.main) await stage.serve();
