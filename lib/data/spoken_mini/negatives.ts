/**
 * What is said besides words of one's own, so that a spotter learns what is none of them: phrases that sound alike, parts
 * of them, and the words of Speech Commands. How words are said is in the CMU Pronouncing Dictionary; what it lacks,
 * eSpeak NG says.
 */
import { UserError } from "../../base/errors.ts";
import { timitPhones } from "../../phones/espeak.ts";
import { type Lexicon, partsOfPhrase, similarPhrases, type SpokenPhrase } from "../../phones/similar.ts";
import { foldPhone } from "../../phones/timit.ts";
import type { SpeechEngine } from "../../speech/engine.ts";
import { ALL_WORDS } from "../words_layout/vocabulary.ts";

/** Of eSpeak NG, as the dictionary has American English. */
const VARIANT = "gmw/en-US";
/** So many times as many are looked at, as some turn out to sound the same. */
const SURPLUS = 2;

/** Behind the phones of some names. */
const COMMENT = /\s*#.*/;

/** The dictionary's words of letters alone, in lower case. */
export async function loadLexicon(): Promise<Lexicon> {
  const { dictionary } = await import("cmu-pronouncing-dictionary");
  return new Map(
    Object.entries(dictionary).filter(([word]) => /^[a-z][a-z']*$/.test(word))
      .map(([word, phones]) => [word, phones.replace(COMMENT, "").split(" ").map(plainPhone)]),
  );
}

/** In TIMIT's names, folded; stress is not told. */
function plainPhone(phone: string): string {
  return foldPhone(phone.replace(/\d/, "").toLowerCase())!;
}

/**
 * Phrases that are none of `words`, each once, in an order that depends on them alone.
 *
 * @param similar How many sound like each of the words. @param engine Tells phones.
 * @throws {UserError} `bad-dataset` if a word cannot be said.
 */
export function negativePhrases(
  words: readonly string[],
  similar: number,
  lexicon: Lexicon,
  engine: SpeechEngine,
): string[] {
  const said = new Map<string, string>();
  const soundOf = (text: string) => {
    const known = said.get(text);
    if (known !== undefined) return known;
    const heard = (engine.synthesize(text, { variant: VARIANT, semitones: 0, speed: 1 }).events ?? [])
      .flatMap(({ phone }) => phone ?? []).join(" ");
    said.set(text, heard);
    return heard;
  };
  const own = new Set(words.map(soundOf));
  const differs = (text: string) => !words.includes(text) && !own.has(soundOf(text));
  const phrases = words.map((word) => spokenPhrase(word, lexicon, engine));
  return [
    ...new Set([
      ...phrases.flatMap((phrase) => partsOfPhrase(phrase, lexicon).filter(differs)),
      ...phrases.flatMap((phrase) =>
        similarPhrases(phrase, lexicon, SURPLUS * similar).filter(differs).slice(0, similar)
      ),
      ...ALL_WORDS.filter(differs),
    ]),
  ];
}

function spokenPhrase(text: string, lexicon: Lexicon, engine: SpeechEngine): SpokenPhrase {
  const words = text.split(" ");
  return { words, phones: words.map((word) => lexicon.get(word) ?? phonesBy(engine, word)) };
}

function phonesBy(engine: SpeechEngine, word: string): string[] {
  const { events = [], sampleRate, samples } = engine.synthesize(word, {
    variant: VARIANT,
    semitones: 0,
    speed: 1,
  });
  const starts = events.map(({ seconds }) => Math.round(seconds * sampleRate));
  const heard = events.map(({ phone }, i) => ({
    ipa: phone,
    begin: starts[i]!,
    end: starts[i + 1] ?? samples.length,
  }));
  if (!heard.some(({ ipa }) => ipa !== null)) {
    throw new UserError(
      "bad-dataset",
      `Cannot make words that sound like "${word}": the synthesizer says nothing for it. Spell it otherwise.`,
    );
  }
  return timitPhones(heard, samples.length).flatMap(({ phone }) => {
    const folded = foldPhone(phone === "dx" ? "t" : phone);
    return folded === null || folded === "sil" ? [] : [folded];
  });
}
