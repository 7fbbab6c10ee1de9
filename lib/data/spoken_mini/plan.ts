/**
 * Plans the synthetic data set: which voice speaks which word in which way. The plan is a pure function of the
 * settings; every clip has random numbers of its own, so that one more word or voice leaves the others' draws alone.
 */
import type { BiquadSpec } from "../../audio/biquad.ts";
import { Rng } from "../../base/random.ts";
import type { EngineVoice } from "../../speech/engine.ts";
import { planFilters } from "../microphone.ts";
import { drawVoices, type SpokenVoice } from "../spoken_voices.ts";
import { ALL_WORDS } from "../words_layout/vocabulary.ts";
import type { SpokenMiniSettings } from "./schema.ts";

/** Names of the background recordings, without `.wav`. */
export const NOISES = [
  "babble",
  "doing_the_dishes",
  "exercise_bike",
  "pink_noise",
  "running_tap",
  "white_noise",
] as const;
export type NoiseName = typeof NOISES[number];

export interface SpokenClip {
  /** Relative to the data set's folder: `<word>/<speaker>_nohash_<take>.wav`. */
  readonly path: string;
  readonly word: string;
  readonly voice: SpokenVoice;
  /** What the engine is asked for; the vocal tract's length is already allowed for. */
  readonly engineVoice: EngineVoice;
  /** Where the word lies in the second: 0 at its beginning, 1 at its end. */
  readonly placement: number;
  /** RMS of the word, in dB of full scale. */
  readonly levelDb: number;
  readonly filters: readonly BiquadSpec[];
  /** Reflections of a room: how long until they are 60 dB down, and their level relative to the direct sound. */
  readonly room: { readonly decayMs: number; readonly levelDb: number } | null;
  /** Where in the recording the noise is cut from: 0 is its beginning, 1 the last possible second. */
  readonly noise: { readonly name: NoiseName; readonly position: number; readonly snrDb: number };
}

export interface SpokenPlan {
  readonly voices: readonly SpokenVoice[];
  /** By word in the order of the settings, then take; behind them what is no word. */
  readonly clips: readonly SpokenClip[];
}

/** What a plan follows from. */
export interface SpokenPlanned
  extends Pick<SpokenMiniSettings, "seed" | "words" | "clipsPerWord" | "voices"> {
  /** What is said besides the words. */
  readonly negatives?: readonly string[];
  /** Clips of each of them. */
  readonly negativeClips?: number;
}

export function planSpokenMini(settings: SpokenPlanned): SpokenPlan {
  const rng = Rng.fromSeed(settings.seed).fork("spoken_mini");
  const voices = drawVoices(settings.voices, ["espeak", "flite", "gnuspeech"], rng.fork("voices"));
  const clipsOf = (word: string, count: number) => {
    const order = rng.fork(`order/${word}`).shuffle(voices);
    return Array.from({ length: count }, (_, k) => {
      const voice = order[k % order.length]!;
      const take = Math.floor(k / order.length);
      return planClip(word, voice, take, rng.fork(`clip/${word}/${voice.speaker}/${take}`));
    });
  };
  const words = (settings.words ?? ALL_WORDS).flatMap((word) => clipsOf(word, settings.clipsPerWord));
  const others = (settings.negatives ?? []).flatMap((text) => clipsOf(text, settings.negativeClips ?? 0));
  return { voices, clips: [...words, ...others] };
}

function planClip(word: string, voice: SpokenVoice, take: number, rng: Rng): SpokenClip {
  // A longer tract is had by declaring a lower sample rate, which also slows and lowers the speech: ask for more.
  const semitones = voice.semitones + rng.uniform(-1, 1) + 12 * Math.log2(voice.tract);
  const speed = voice.speed * rng.uniform(0.9, 1.12) * voice.tract;
  return {
    path: `${word}/${voice.speaker}_nohash_${take}.wav`,
    word,
    voice,
    engineVoice: { variant: voice.variant, semitones, speed },
    placement: rng.uniform(0.15, 0.85),
    levelDb: rng.uniform(-30, -14),
    filters: planFilters(rng.fork("filters")),
    room: rng.uniform() < 0.5 ? { decayMs: rng.uniform(80, 350), levelDb: rng.uniform(-22, -8) } : null,
    noise: {
      name: rng.pick(NOISES),
      position: rng.uniform(),
      // Three clips in five are audibly noisy; the others have the faint floor of a recording, never digital silence.
      snrDb: rng.uniform() < 0.6 ? rng.uniform(5, 30) : rng.uniform(40, 55),
    },
  };
}
