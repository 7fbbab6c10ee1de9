/**
 * Plans the synthetic corpus: which voice speaks which sentence in which way. The plan is a pure function of the
 * settings.
 */
import type { BiquadSpec } from "../../audio/biquad.ts";
import { Rng } from "../../base/random.ts";
import { SENTENCE_ACCENTS } from "../../phones/espeak.ts";
import type { EngineVoice } from "../../speech/engine.ts";
import { planFilters } from "../microphone.ts";
import { drawVoices, type SpokenVoice } from "../spoken_voices.ts";
import { drawSentences } from "./grammar.ts";
import type { SpokenSentencesSettings } from "./schema.ts";

export interface SentenceVoice extends SpokenVoice {
  /** As TIMIT names speakers: sex, three letters, a digit. */
  readonly id: string;
  /** Folder of the accent, counted from 1: `DR1`. */
  readonly region: string;
}

export interface SpokenSentence {
  /** Without ending: `TRAIN/DR1/FABC0/SX12`. */
  readonly stem: string;
  readonly text: string;
  readonly voice: SentenceVoice;
  /** What the engine is asked for; the vocal tract's length is already allowed for. */
  readonly engineVoice: EngineVoice;
  /** RMS of the speech, in dB of full scale. */
  readonly levelDb: number;
  readonly filters: readonly BiquadSpec[];
  /** Of pink noise over the whole recording. */
  readonly snrDb: number;
  /** Silence before and after the sentence. */
  readonly lead: { readonly beforeMs: number; readonly afterMs: number };
}

export interface SentencePlan {
  readonly voices: readonly SentenceVoice[];
  /** By voice. */
  readonly sentences: readonly SpokenSentence[];
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** About a fifth of the voices are in TEST; none is in both folders, and no sentence is said twice. */
export function planSpokenSentences(
  settings: Pick<SpokenSentencesSettings, "seed" | "voices" | "sentencesPerVoice">,
): SentencePlan {
  const rng = Rng.fromSeed(settings.seed).fork("spoken_sentences");
  const voices = drawVoices(settings.voices, ["espeak"], rng.fork("voices")).map((voice, i) =>
    named(voice, i)
  );
  const texts = drawSentences(settings.voices * settings.sentencesPerVoice, rng.fork("sentences"));
  const sentences = voices.flatMap((voice, v) =>
    Array.from({ length: settings.sentencesPerVoice }, (_, k) => {
      const number = v * settings.sentencesPerVoice + k;
      return planSentence(voice, number, texts[number]!, rng.fork(`sentence/${voice.speaker}/${k}`));
    })
  );
  return { voices, sentences };
}

/** Accents take turns, as they do among the voices; the letters count, so that no two speakers share a name. */
function named(voice: SpokenVoice, index: number): SentenceVoice {
  const accent = index % SENTENCE_ACCENTS.length;
  const variant = `${SENTENCE_ACCENTS[accent]}+${voice.variant.split("+")[1]}`;
  const sex = voice.kind === "female" ? "F" : "M";
  const letters = [676, 26, 1].map((unit) => LETTERS[Math.floor(index / unit) % 26]).join("");
  return { ...voice, variant, id: `${sex}${letters}0`, region: `DR${accent + 1}` };
}

function planSentence(voice: SentenceVoice, number: number, text: string, rng: Rng): SpokenSentence {
  // A longer tract is had by declaring a lower sample rate, which also slows and lowers the speech: ask for more.
  const semitones = voice.semitones + rng.uniform(-1, 1) + 12 * Math.log2(voice.tract);
  const speed = voice.speed * rng.uniform(1.05, 1.3) * voice.tract;
  const folder = voice.split === "test" ? "TEST" : "TRAIN";
  return {
    stem: `${folder}/${voice.region}/${voice.id}/SX${number + 1}`,
    text,
    voice,
    engineVoice: { variant: voice.variant, semitones, speed },
    levelDb: rng.uniform(-30, -18),
    filters: planFilters(rng.fork("filters")),
    snrDb: rng.uniform(25, 50),
    lead: { beforeMs: rng.uniform(60, 200), afterMs: rng.uniform(60, 200) },
  };
}
