/** Makes the synthetic corpus of sentences: output `audio`, a folder in the layout of TIMIT. */
import { encodeWav16 } from "../../lib/audio/wav.ts";
import { UserError } from "../../lib/base/errors.ts";
import {
  planSpokenSentences,
  spokenSentencesSchema,
  type SpokenSentencesSettings,
} from "../../lib/data/spoken_sentences/plan.ts";
import { corpusTexts, phnText, SentenceRenderer, txtText } from "../../lib/data/spoken_sentences/render.ts";
import { openEspeak } from "../../lib/speech/espeak_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

export type SynthesizeSentencesSlice = SpokenSentencesSettings;

/** How many sentences are made between two reports of progress. */
const SENTENCES_PER_REPORT = 10;

/** @throws {UserError} `bad-config` if the slice does not describe a corpus. */
export async function synthesizeSentences(io: StageIo): Promise<void> {
  const parsed = spokenSentencesSchema.safeParse(io.slice);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UserError(
      "bad-config",
      `Cannot synthesize the corpus: ${issue.path.join(".") || "the settings"}: ${issue.message}.`,
    );
  }
  const settings = parsed.data;
  const plan = planSpokenSentences(settings);
  const folder = io.output("audio");
  const total = plan.sentences.length;
  io.progress({ done: 0, total, unit: "sentences" });
  const renderer = new SentenceRenderer(settings, await openEspeak());
  for (const [i, sentence] of plan.sentences.entries()) {
    const path = `${folder}/${sentence.stem}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const { samples, phones } = renderer.render(sentence);
    Deno.writeFileSync(`${path}.WAV`, encodeWav16(samples, settings.sample_rate));
    Deno.writeTextFileSync(`${path}.PHN`, phnText(phones));
    Deno.writeTextFileSync(`${path}.TXT`, txtText(sentence.text, samples.length));
    if ((i + 1) % SENTENCES_PER_REPORT === 0 || i + 1 === total) {
      io.progress({ done: i + 1, total, unit: "sentences" });
    }
  }
  for (const [name, text] of Object.entries(corpusTexts(plan))) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
}

if (import.meta.main) await serveStage(synthesizeSentences);
