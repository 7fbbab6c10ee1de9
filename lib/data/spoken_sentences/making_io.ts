/** Makes and writes the synthetic sentences, one at a time. */
import { encodeWav16 } from "../../audio/wav.ts";
import { openEspeak } from "../../speech/espeak_io.ts";
import type { DoPiece } from "../pieces_io.ts";
import { planSpokenSentences } from "./plan.ts";
import { phnText, SentenceRenderer, txtText } from "./render.ts";
import type { SpokenSentencesSettings } from "./schema.ts";

/** Plain values. */
export interface SentencesWork {
  readonly settings: SpokenSentencesSettings;
  readonly folder: string;
}

export async function openSentencesWork({ settings, folder }: SentencesWork): Promise<DoPiece> {
  const { sentences } = planSpokenSentences(settings);
  const renderer = new SentenceRenderer(settings, await openEspeak());
  return (piece) => {
    const sentence = sentences[piece]!;
    const path = `${folder}/${sentence.stem}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const { samples, phones } = renderer.render(sentence);
    Deno.writeFileSync(`${path}.WAV`, encodeWav16(samples, settings.sampleRate));
    Deno.writeTextFileSync(`${path}.PHN`, phnText(phones));
    Deno.writeTextFileSync(`${path}.TXT`, txtText(sentence.text, samples.length));
  };
}
