/** Makes the synthetic data set: output `audio`, a folder in the layout of Speech Commands. */
import { encodeWav16 } from "../../lib/audio/wav.ts";
import { UserError } from "../../lib/base/errors.ts";
import { planSpokenMini, spokenMiniSchema } from "../../lib/data/spoken_mini/plan.ts";
import { SpokenRenderer } from "../../lib/data/spoken_mini/render.ts";
import { spokenTexts } from "../../lib/data/spoken_mini/texts.ts";
import { BACKGROUND_NOISE } from "../../lib/data/words_layout/vocabulary.ts";
import { openEngines } from "../../lib/speech/engines_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

export interface SynthesizeSlice {
  readonly seed: number;
  /** Null: the 35 words of Speech Commands. */
  readonly words: readonly string[] | null;
  readonly clips_per_word: number;
  readonly voices: number;
  /** Length of each background recording. */
  readonly noise_seconds: number;
  /** In Hz. */
  readonly sample_rate: number;
}

/** How many clips are made between two reports of progress. */
const CLIPS_PER_REPORT = 20;

/** @throws {UserError} `bad-config` if the slice does not describe a data set. */
export async function synthesize(io: StageIo): Promise<void> {
  const parsed = spokenMiniSchema.safeParse(io.slice);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UserError(
      "bad-config",
      `Cannot synthesize the data set: ${issue.path.join(".") || "the settings"}: ${issue.message}.`,
    );
  }
  const settings = parsed.data;
  const plan = planSpokenMini(settings);
  const folder = io.output("audio");
  const total = plan.clips.length;
  io.progress({ done: 0, total, unit: "clips" });
  const renderer = new SpokenRenderer(settings, await openEngines(plan.voices.map(({ engine }) => engine)));
  const noises = renderer.noises(plan, settings.noise_seconds);

  for (const word of new Set([BACKGROUND_NOISE, ...plan.clips.map((clip) => clip.word)])) {
    Deno.mkdirSync(`${folder}/${word}`, { recursive: true });
  }
  for (const [name, samples] of noises) {
    Deno.writeFileSync(
      `${folder}/${BACKGROUND_NOISE}/${name}.wav`,
      encodeWav16(samples, settings.sample_rate),
    );
  }
  for (const [i, clip] of plan.clips.entries()) {
    Deno.writeFileSync(
      `${folder}/${clip.path}`,
      encodeWav16(renderer.clip(clip, noises), settings.sample_rate),
    );
    if ((i + 1) % CLIPS_PER_REPORT === 0 || i + 1 === total) {
      io.progress({ done: i + 1, total, unit: "clips" });
    }
  }
  for (const [name, text] of Object.entries(spokenTexts(plan))) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
}

if (import.meta.main) await serveStage(synthesize);
