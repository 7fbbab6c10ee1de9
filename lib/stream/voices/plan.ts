/**
 * Plans what is said in a stream of speech. Everything random is forked from the seed by name; only how long things take
 * to say comes from outside. Pure.
 */
import type { BiquadSpec } from "../../audio/biquad.ts";
import { Rng } from "../../base/random.ts";
import { planFilters } from "../../data/microphone.ts";
import type { SpokenVoice } from "../../data/spoken_voices.ts";
import { otherWords, sentencesWithout } from "./filler.ts";
import type { VoicesSettings } from "./settings.ts";
import { drawSpeakers } from "./speakers.ts";

/** Something that is said. */
export interface Utterance {
  readonly text: string;
  /** Whether it is one of the words that are listened for. */
  readonly isKeyword: boolean;
  readonly voice: SpokenVoice;
  /** What the engine is asked for; the vocal tract's length is already allowed for. */
  readonly semitones: number;
  readonly speed: number;
  /** RMS, in dB of full scale. */
  readonly levelDb: number;
  readonly filters: readonly BiquadSpec[];
  /** Silence before it. */
  readonly gapSeconds: number;
}

/** Mean RMS of what is said, in dB of full scale, and how far a speaker is from it at most: nearer or farther away. */
export const LEVEL_DB = -23;
const LEVEL_SPREAD_DB = 3;
/** Shortest and longest pause: words follow on each other, or stand alone. */
const GAP_SECONDS = [0.08, 2] as const;
/** Of what is no keyword: so much is single other words, which are the hardest to tell from them. */
const OTHER_WORDS = 0.25;

type Planned = Pick<VoicesSettings, "seed" | "voices" | "side" | "heard" | "words" | "wordsPerMinute">;

/** One utterance after the other; keywords come at random, as often a minute as is asked for (a Poisson process). */
export class StreamPlan {
  readonly speakers: readonly SpokenVoice[];
  readonly #rng: Rng;
  readonly #settings: Planned;
  readonly #sentences: Iterator<string, undefined>;
  readonly #others: readonly string[];
  /** Keywords of this round: each is said once before any is said again. */
  #round: string[] = [];
  #rounds = 0;
  #said = 0;
  /** When the next keyword is due, in seconds. */
  #due: number;

  constructor(settings: Planned) {
    this.#settings = settings;
    this.#rng = Rng.fromSeed(settings.seed).fork("stream").fork(settings.side);
    this.speakers = drawSpeakers(settings);
    this.#sentences = sentencesWithout(settings.words, this.#rng.fork("sentences")) as Iterator<
      string,
      undefined
    >;
    this.#others = otherWords(settings.words);
    this.#due = this.#wait(this.#rng.fork("first"));
  }

  /** @param seconds From the stream's beginning to the end of what was said before. */
  next(seconds: number): Utterance {
    const rng = this.#rng.fork("utterance").fork(this.#said++);
    const isKeyword = seconds >= this.#due;
    if (isKeyword) this.#due += this.#wait(rng.fork("due"));
    const voice = rng.pick(this.speakers);
    const text = isKeyword
      ? this.#keyword()
      : this.#others.length > 0 && rng.uniform() < OTHER_WORDS
      ? rng.pick(this.#others)
      : this.#sentences.next().value!;
    return {
      text,
      isKeyword,
      voice,
      semitones: voice.semitones + rng.uniform(-1, 1) + 12 * Math.log2(voice.tract),
      speed: voice.speed * rng.uniform(0.9, 1.15) * voice.tract,
      levelDb: LEVEL_DB + rng.uniform(-LEVEL_SPREAD_DB, LEVEL_SPREAD_DB),
      filters: planFilters(rng.fork("filters")),
      gapSeconds: rng.uniform(...GAP_SECONDS),
    };
  }

  #wait(rng: Rng): number {
    return -Math.log(1 - rng.uniform()) * 60 / this.#settings.wordsPerMinute;
  }

  #keyword(): string {
    if (this.#round.length === 0) {
      this.#round = this.#rng.fork("round").fork(this.#rounds++).shuffle(this.#settings.words);
    }
    return this.#round.pop()!;
  }
}
