/** Turns planned sentences of the synthetic corpus into recordings and the texts beside them. */
import { biquad } from "../../audio/biquad.ts";
import { amplitudeOfDb, leveled, peak, rms, scaled } from "../../audio/level.ts";
import { pinkNoise } from "../../audio/noise.ts";
import { type Resampler, resampler } from "../../audio/resample.ts";
import { Rng } from "../../base/random.ts";
import { type HeardPhone, type TimedPhone, timitPhones } from "../../phones/espeak.ts";
import { ENGINE_CREDITS } from "../../speech/catalogue.ts";
import type { SpeechEngine, SynthesizedSpeech } from "../../speech/engine.ts";
import type { SentencePlan, SpokenSentence } from "./plan.ts";
import type { SpokenSentencesSettings } from "./schema.ts";

export interface RenderedSentence {
  /** `[n]`, full scale 1, at the corpus's rate. */
  readonly samples: Float32Array;
  /** Without gaps, from the first sample to the last. */
  readonly phones: readonly TimedPhone[];
}

export class SentenceRenderer {
  readonly #engine: SpeechEngine;
  readonly #rng: Rng;
  readonly #sampleRate: number;
  readonly #resamplers = new Map<number, Resampler>();

  /** @param engine Must tell when phones begin. */
  constructor(
    { seed, sampleRate }: Pick<SpokenSentencesSettings, "seed" | "sampleRate">,
    engine: SpeechEngine,
  ) {
    this.#engine = engine;
    this.#rng = Rng.fromSeed(seed).fork("spoken_sentences");
    this.#sampleRate = sampleRate;
  }

  /** @throws {Error} If the engine does not tell its phones, or one has no name in TIMIT. */
  render(
    { stem, text, voice, engineVoice, levelDb, filters, snrDb, lead }: SpokenSentence,
  ): RenderedSentence {
    const rate = this.#sampleRate;
    const speech = this.#engine.synthesize(text, engineVoice);
    const declared = 50 * Math.round(speech.sampleRate / voice.tract / 50); // multiples of 50 keep the filter tables small
    const spoken = filters.reduce(
      (samples, filter) => biquad(samples, { ...filter, hz: Math.min(filter.hz, 0.45 * rate) }, rate),
      this.#resampled(speech.samples, declared),
    );
    const [before, after] = [lead.beforeMs, lead.afterMs].map((ms) => Math.round(ms * rate / 1000));
    const samples = new Float32Array(before! + spoken.length + after!);
    samples.set(leveled(spoken, levelDb), before!);
    const noise = pinkNoise(samples.length, this.#rng.fork(`noise/${stem}`));
    const gain = amplitudeOfDb(levelDb - snrDb) / Math.max(rms(noise), 1e-9);
    const mixed = samples.map((value, i) => value + gain * noise[i]!);
    const scale = speech.sampleRate * rate / declared;
    return {
      samples: scaled(mixed, Math.min(1, 0.98 / peak(mixed))),
      phones: timitPhones(heardPhones(speech, scale, before!, before! + spoken.length), samples.length),
    };
  }

  #resampled(samples: Float32Array, fromHz: number): Float32Array {
    let convert = this.#resamplers.get(fromHz);
    if (convert === undefined) this.#resamplers.set(fromHz, convert = resampler(fromHz, this.#sampleRate));
    return convert(samples);
  }
}

/** Text of a `.PHN` file. */
export function phnText(phones: readonly TimedPhone[]): string {
  return phones.map(({ phone, begin, end }) => `${begin} ${end} ${phone}\n`).join("");
}

/** Text of a `.TXT` file. */
export function txtText(text: string, samples: number): string {
  return `0 ${samples} ${text}\n`;
}

/** The texts at the top of the corpus: file name -> text. */
export function corpusTexts(plan: SentencePlan): Readonly<Record<string, string>> {
  const rows = plan.voices.map((voice) =>
    `| ${voice.id} | ${voice.split === "test" ? "TEST" : "TRAIN"} | ${voice.variant} | ${voice.kind} | ` +
    `${voice.semitones} | ${voice.speed} | ${voice.tract} |`
  );
  return {
    "README.md": `# Synthetic sentences

${plan.sentences.length} sentences spoken by ${plan.voices.length} voices of a text-to-speech engine, in the layout of TIMIT: \`<TRAIN|TEST>/<region>/<speaker>/<sentence>\`
with \`.WAV\` (RIFF, 16 bits), \`.PHN\` (first sample, last sample, phone, as the engine reports them, in TIMIT's names) and
\`.TXT\`. There is no \`.WRD\`: the engine joins some words. No person speaks here, and no score on this data says how well a
model understands people.

| speaker | folder | variant | kind | semitones | speed | tract |
|---|---|---|---|---|---|---|
${rows.join("\n")}
`,
    "LICENSE":
      `The recordings in this folder are the output of ${ENGINE_CREDITS.espeak}, which is not contained in it.
The program's licence covers the program, not the sound it makes.
`,
  };
}

/** @param scale Samples of the recording in a second of the engine's. */
function heardPhones({ events }: SynthesizedSpeech, scale: number, begin: number, end: number): HeardPhone[] {
  if (events === undefined) throw new Error("The engine does not tell when its phones begin");
  const starts = events.map(({ seconds }) => Math.min(end, begin + Math.round(scale * seconds)));
  return events.map(({ phone }, i) => ({ ipa: phone, begin: starts[i]!, end: starts[i + 1] ?? end }));
}
