/** Where a stream has no sound at all, no network is asked. Pure. */
import { amplitudeOfDb, rms } from "../audio/level.ts";

/** Sound whose loudest stretch is softer than this, in dB of full scale, is silence, whatever a network makes of it. */
const [SILENCE_DB, STRETCH_SECONDS] = [-60, 0.03];

/** Knows until when a stream was loud: a muted microphone gives zeros, which no network was trained on. */
export class Loudness {
  readonly #stretch: number;
  readonly #sampleRate: number;
  #heard = 0;
  #loudUntil = -Infinity;

  /** A stream that begins now. @param sampleRate In Hz. */
  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
    this.#stretch = Math.round(STRETCH_SECONDS * sampleRate);
  }

  /** Takes in the next samples. */
  push(samples: Float32Array): void {
    for (let at = 0; at < samples.length; at += this.#stretch) {
      const part = samples.subarray(at, at + this.#stretch);
      this.#heard += part.length;
      if (rms(part) >= amplitudeOfDb(SILENCE_DB)) this.#loudUntil = this.#heard / this.#sampleRate;
    }
  }

  /** Whether nothing was loud since then. @param seconds From the stream's beginning. */
  isSilentSince(seconds: number): boolean {
    return this.#loudUntil <= seconds;
  }
}
