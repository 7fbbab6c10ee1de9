/** Makes the synthetic sentences: a folder in the layout of TIMIT. */
import { encodeWav16 } from "../../audio/wav.ts";
import { openEspeak } from "../../speech/espeak_io.ts";
import type { Maker } from "../contract.ts";
import { parseSettings } from "../settings.ts";
import { planSpokenSentences } from "./plan.ts";
import { corpusTexts, phnText, SentenceRenderer, txtText } from "./render.ts";
import { spokenSentencesSchema } from "./schema.ts";

/** How many sentences are made between two reports of progress. */
const SENTENCES_PER_REPORT = 10;

export const maker: Maker = async (settings, folder, report) => {
  const parsed = parseSettings(spokenSentencesSchema, settings, "Cannot synthesize the corpus");
  const plan = planSpokenSentences(parsed);
  const total = plan.sentences.length;
  report.progress({ done: 0, total, unit: "sentences" });
  const renderer = new SentenceRenderer(parsed, await openEspeak());
  for (const [i, sentence] of plan.sentences.entries()) {
    const path = `${folder}/${sentence.stem}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const { samples, phones } = renderer.render(sentence);
    Deno.writeFileSync(`${path}.WAV`, encodeWav16(samples, parsed.sampleRate));
    Deno.writeTextFileSync(`${path}.PHN`, phnText(phones));
    Deno.writeTextFileSync(`${path}.TXT`, txtText(sentence.text, samples.length));
    const done = i + 1;
    if (done % SENTENCES_PER_REPORT === 0 || done === total) {
      report.progress({ done, total, unit: "sentences" });
    }
  }
  for (const [name, text] of Object.entries(corpusTexts(plan))) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
};
