/** Makes the synthetic words: a folder in the layout of Speech Commands. */
import { encodeWav16 } from "../../audio/wav.ts";
import { openEngines } from "../../speech/engines_io.ts";
import type { Maker } from "../contract.ts";
import { parseSettings } from "../settings.ts";
import { BACKGROUND_NOISE } from "../words_layout/vocabulary.ts";
import { planSpokenMini } from "./plan.ts";
import { SpokenRenderer } from "./render.ts";
import { spokenMiniSchema } from "./schema.ts";
import { spokenTexts } from "./texts.ts";

/** How many clips are made between two reports of progress. */
const CLIPS_PER_REPORT = 20;

export const maker: Maker = async (settings, folder, report) => {
  const parsed = parseSettings(spokenMiniSchema, settings, "Cannot synthesize the data set");
  const { sampleRate, noiseSeconds } = parsed;
  const plan = planSpokenMini(parsed);
  const total = plan.clips.length;
  report.progress({ done: 0, total, unit: "clips" });
  const renderer = new SpokenRenderer(parsed, await openEngines(plan.voices.map(({ engine }) => engine)));
  const noises = renderer.noises(plan, noiseSeconds);
  for (const word of new Set([BACKGROUND_NOISE, ...plan.clips.map((clip) => clip.word)])) {
    Deno.mkdirSync(`${folder}/${word}`, { recursive: true });
  }
  for (const [name, samples] of noises) {
    Deno.writeFileSync(`${folder}/${BACKGROUND_NOISE}/${name}.wav`, encodeWav16(samples, sampleRate));
  }
  for (const [i, clip] of plan.clips.entries()) {
    Deno.writeFileSync(`${folder}/${clip.path}`, encodeWav16(renderer.clip(clip, noises), sampleRate));
    const done = i + 1;
    if (done % CLIPS_PER_REPORT === 0 || done === total) report.progress({ done, total, unit: "clips" });
  }
  for (const [name, text] of Object.entries(spokenTexts(plan))) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
};
