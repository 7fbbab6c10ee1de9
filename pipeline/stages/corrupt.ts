/** Stage `corrupt`: the examples of a split with noise and at other levels, as waves. */
import { z } from "zod";
import { LEAST_NOISE } from "../../lib/audio/add_noise.ts";
import { rms } from "../../lib/audio/level.ts";
import { UserError } from "../../lib/base/errors.ts";
import { corrupted, type Noises } from "../../lib/data/corruption/corrupt.ts";
import { SILENCE } from "../../lib/data/words_layout/vocabulary.ts";
import { gainRangeSchema, levelSchema, NOISES } from "../../lib/records/condition.ts";
import { SPLITS } from "../../lib/records/example_index.ts";
import { createExamples } from "../../lib/train/example_file_io.ts";
import { openWaveFile, type WaveFile } from "../../lib/train/wave_file_io.ts";
import { defineStage } from "../engine/stage.ts";

/**
 * Reads inputs `waves` (features without a step) and, where noise is the data set's own, `background`, of which the
 * clips of silence are it; writes `features.safetensors`, as 32-bit floats, so that what is soft is not rounded away.
 */
const slice = z.strictObject({
  split: z.enum(SPLITS),
  /** Each example draws one. */
  snr_db: z.array(levelSchema).min(1),
  gain_db: gainRangeSchema.nullable(),
  noise: z.enum(NOISES),
  seed: z.int().min(0),
});

export type CorruptSlice = z.output<typeof slice>;

export const stage = defineStage({
  slice,
  run(io, { split, snrDb, ...others }) {
    const corruption = { levels: snrDb, ...others };
    using waves = openWaveFile(io.input("waves"));
    const path = io.inputs["background"];
    using background = path === undefined ? null : openWaveFile(path);
    const noises = background === null ? NOTHING : noisesIn(background, split);
    const writer = createExamples(io.output("features.safetensors"), waves.info, waves.entries, 32);
    const scales: number[] = [];
    for (const [row, { name }] of waves.entries.entries()) {
      const example = { name, values: waves.valuesOf(row), isSilence: waves.labelsOf(row)[0] === SILENCE };
      const { values, scale } = corrupted(corruption, example, noises, waves.info.sampleRate);
      writer.append(values);
      if (scale < 1) scales.push(scale);
      io.progress({ done: row + 1, total: waves.entries.length, unit: "examples" });
    }
    writer.finish();
    if (scales.length === 0) return;
    const most = -20 * Math.log10(Math.min(...scales));
    io.note(
      "info",
      `${scales.length} of ${waves.entries.length} examples would have gone beyond full scale and are softer, by at most ` +
        `${most.toFixed(1)} dB; noise and speech alike, so that their ratio stays.`,
    );
  },
});

const NOTHING: Noises = { count: 0, valuesOf: () => new Float32Array(0) };

/** @throws {UserError} `bad-dataset` if there is none that is heard. */
function noisesIn(background: WaveFile, split: string): Noises {
  const silence = background.entries.map((_, row) => row)
    .filter((row) => background.labelsOf(row)[0] === SILENCE);
  const heard = silence.filter((row) => rms(background.valuesOf(row)) >= LEAST_NOISE);
  if (heard.length > 0) return { count: heard.length, valuesOf: (i) => background.valuesOf(heard[i]!) };
  throw new UserError(
    "bad-dataset",
    `Cannot add background noise to the ${split} split: found ${
      silence.length === 0 ? "no recordings of it" : `only recordings of it below -80 dB`
    }, wanted some in a folder _background_noise_ beside those of the words. Add them, or set ` +
      `dataset.corrupt.noise=${NOISES.slice(1).join(" or ")}.`,
  );
}

if (import.meta.main) await stage.serve();
