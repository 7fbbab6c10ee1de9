/** Speech out of the built-in engines, at a data set's rate and in a voice of the plan's. */
import { amplitudeOfDb, rms } from "../audio/level.ts";
import { type Resampler, resampler } from "../audio/resample.ts";
import type { EngineName, SpeechEngine, SynthesizedSpeech } from "../speech/engine.ts";
import type { SpokenVoice } from "./spoken_voices.ts";

/** Open engines. */
export type Engines = ReadonlyMap<EngineName, SpeechEngine>;

/** Sound more than this below the loudest stretch counts as silence around a word. */
const TRIM_DB = -42;

/** Speaks with several engines; keeps the filters of the rates it has met. */
export class Speaker {
  readonly #engines: Engines;
  readonly #sampleRate: number;
  readonly #resamplers = new Map<number, Resampler>();

  /** @param sampleRate Of what is given back, in Hz. */
  constructor(engines: Engines, sampleRate: number) {
    this.#engines = engines;
    this.#sampleRate = sampleRate;
  }

  /**
   * Speech without the silence around it.
   * @param semitones What the engine is asked for, the vocal tract's length allowed for. @param speed Likewise.
   */
  speak(text: string, voice: SpokenVoice, semitones: number, speed: number): Float32Array {
    const engine = this.#engines.get(voice.engine);
    if (engine === undefined) throw new Error(`Engine ${voice.engine} is not open`);
    const speech = engine.synthesize(text, { variant: voice.variant, semitones, speed });
    return trimmed(this.#atOwnRate(speech, voice.tract), this.#sampleRate);
  }

  #atOwnRate(speech: SynthesizedSpeech, tract: number): Float32Array {
    const declared = 50 * Math.round(speech.sampleRate / tract / 50); // multiples of 50 keep the filter tables small
    let convert = this.#resamplers.get(declared);
    if (convert === undefined) {
      this.#resamplers.set(declared, convert = resampler(declared, this.#sampleRate));
    }
    return convert(speech.samples);
  }
}

/** Cuts off silence around speech but for 15 ms, faded. */
function trimmed(samples: Float32Array, sampleRate: number): Float32Array {
  const frame = Math.round(0.005 * sampleRate);
  const levels = Array.from(
    { length: Math.ceil(samples.length / frame) },
    (_, k) => rms(samples.subarray(k * frame, (k + 1) * frame)),
  );
  const limit = Math.max(0, ...levels) * amplitudeOfDb(TRIM_DB);
  const first = levels.findIndex((level) => level > limit);
  if (first < 0) return new Float32Array(0);
  const last = levels.findLastIndex((level) => level > limit);
  const cut = samples.slice(Math.max(0, (first - 3) * frame), (last + 4) * frame);
  const fade = Math.min(3 * frame, cut.length >> 1);
  for (let i = 0; i < fade; i++) {
    cut[i] = cut[i]! * i / fade;
    cut[cut.length - 1 - i] = cut[cut.length - 1 - i]! * i / fade;
  }
  return cut;
}
