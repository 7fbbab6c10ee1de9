/** Turns a planned stream into sound, segment by segment: no more than one is in memory. */
import { biquad } from "../../audio/biquad.ts";
import { amplitudeOfDb, leveled, peak } from "../../audio/level.ts";
import { wordBounds } from "../../audio/word_bounds.ts";
import { UserError } from "../../base/errors.ts";
import { Rng } from "../../base/random.ts";
import { NOISES } from "../../data/spoken_mini/plan.ts";
import { SpokenRenderer } from "../../data/spoken_mini/render.ts";
import { type Engines, Speaker } from "../../data/spoken_speech.ts";
import type { SpokenWord } from "../labels.ts";
import { Background } from "./background.ts";
import { LEVEL_DB, StreamPlan, type Utterance } from "./plan.ts";
import type { VoicesSettings } from "./settings.ts";

/** A part of a stream. */
export interface Segment {
  /** `[n]`, full scale 1. */
  readonly samples: Float32Array;
  /** Words that begin in it; times from its beginning, ends may lie in the next one. */
  readonly words: readonly SpokenWord[];
}

/** Length of a segment. */
export const SEGMENT_SECONDS = 60;
/** A keyword that would end so shortly before a segment does is moved on to lie across the border. */
const BORDER_SECONDS = 2;
/** As data sets of single words have them: a longer one is spoken again, faster. */
const LONGEST_WORD_SECONDS = 0.92;
const TRIES = 4;
/** Length of each recording of noise. */
const NOISE_SECONDS = 30;
/** Where no noise is asked for: the floor of a recording, never digital silence. */
const FLOOR_DB = 60;

/** @throws {UserError} `bad-config` if a word cannot be said, or nobody is left to say it. */
export function* renderStream(settings: VoicesSettings, engines: Engines): Generator<Segment> {
  const { sampleRate, minutes } = settings;
  const plan = new StreamPlan(settings);
  const background = backgroundOf(settings, plan, engines);
  const speaker = new Speaker(engines, sampleRate);
  const total = Math.round(60 * minutes * sampleRate);
  const length = SEGMENT_SECONDS * sampleRate;
  let at = 0; // where the last utterance ends
  let pending: Placed[] = [];
  for (let start = 0; start < total; start += length) {
    const samples = new Float32Array(Math.min(length, total - start));
    const border = start + samples.length;
    const words: SpokenWord[] = [];
    while (at < border && at < total) {
      const utterance = plan.next(at / sampleRate);
      const wave = spoken(utterance, speaker, sampleRate);
      const begin = placed(utterance, wave, at, border, sampleRate);
      at = begin + wave.length;
      if (at > total) break; // what would be cut off is not said
      pending.push({ begin, wave, utterance });
    }
    for (const { begin, wave, utterance } of pending) {
      mix(samples, wave, begin - start);
      if (utterance.isKeyword && begin >= start && begin < border) {
        words.push(wordOf(utterance.text, wave, begin - start, sampleRate));
      }
    }
    pending = pending.filter(({ begin, wave }) => begin + wave.length > border);
    background.addTo(samples, start);
    yield { samples, words };
  }
}

interface Placed {
  /** In samples from the stream's beginning. */
  readonly begin: number;
  readonly wave: Float32Array;
  readonly utterance: Utterance;
}

function placed(
  { gapSeconds, isKeyword }: Utterance,
  { length }: Float32Array,
  at: number,
  border: number,
  sampleRate: number,
): number {
  const begin = at + Math.round(gapSeconds * sampleRate);
  const end = begin + length;
  const isNear = isKeyword && end <= border && end > border - BORDER_SECONDS * sampleRate;
  return isNear ? border - (length >> 1) : begin;
}

function spoken(utterance: Utterance, speaker: Speaker, sampleRate: number): Float32Array {
  const { text, voice, semitones, isKeyword, levelDb, filters } = utterance;
  let { speed } = utterance;
  const longest = isKeyword ? LONGEST_WORD_SECONDS * sampleRate : Infinity;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const wave = speaker.speak(text, voice, semitones, speed);
    if (peak(wave) > 0 && wave.length <= longest) {
      const heard = filters.reduce(
        (samples, filter) =>
          biquad(samples, { ...filter, hz: Math.min(filter.hz, 0.45 * sampleRate) }, sampleRate),
        wave,
      );
      return leveled(heard, levelDb);
    }
    speed *= 1.08 * Math.max(1, wave.length / longest);
  }
  throw new UserError(
    "bad-config",
    `Cannot make the stream: ${voice.engine} cannot say ${
      JSON.stringify(text)
    } within a second, wanted words that can ` +
      `be. Train on shorter words, or give recordings.`,
  );
}

function wordOf(word: string, wave: Float32Array, begin: number, sampleRate: number): SpokenWord {
  const [first, end] = wordBounds(wave, sampleRate);
  return { start: (begin + first) / sampleRate, end: (begin + end) / sampleRate, word };
}

/** @param at Of the wave's first sample; it may lie before the segment, and end behind it. */
function mix(samples: Float32Array, wave: Float32Array, at: number): void {
  const end = Math.min(samples.length, at + wave.length);
  for (let i = Math.max(0, at); i < end; i++) samples[i] = samples[i]! + wave[i - at]!;
}

/** Noises of its own for each side, in which its speakers babble: none is heard in training or on the other side. */
function backgroundOf(
  { seed, side, sampleRate, snrDb }: VoicesSettings,
  { speakers }: StreamPlan,
  engines: Engines,
): Background {
  const rng = Rng.fromSeed(seed).fork("stream").fork(side).fork("noises");
  const renderer = new SpokenRenderer({ seed: rng.integer(2 ** 31), sampleRate }, engines);
  const talkers = speakers.map((voice) => ({ ...voice, split: "train" as const }));
  const length = Math.round(NOISE_SECONDS * sampleRate);
  const noises = NOISES.map((name) => renderer.noise(name, { voices: talkers, clips: [] }, length));
  const level = amplitudeOfDb(LEVEL_DB - (snrDb ?? FLOOR_DB));
  return new Background(noises, level, sampleRate, rng.fork("scenes"));
}
