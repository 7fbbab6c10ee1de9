/** Background noise of a stream: scenes, each of another noise, that fade into each other. Pure. */
import { rms } from "../../audio/level.ts";
import type { Rng } from "../../base/random.ts";

/** Shortest and longest scene, and how long two overlap. */
const SCENE_SECONDS = [20, 60] as const;
const FADE_SECONDS = 0.25;

interface Scene {
  /** In samples from the stream's beginning. */
  readonly from: number;
  readonly to: number;
  readonly noise: Float32Array;
  /** Of the recording's sample that is heard first. */
  readonly offset: number;
}

/** Noise of one level without end, made stretch by stretch. */
export class Background {
  readonly #noises: readonly Float32Array[];
  readonly #rng: Rng;
  readonly #sampleRate: number;
  readonly #level: number;
  readonly #fade: number;
  /** Those that go on into what comes. */
  #scenes: Scene[] = [];
  #drawn = 0;

  /** @param noises Recordings, at least one. @param level Root mean square of each scene. @param sampleRate In Hz. */
  constructor(noises: readonly Float32Array[], level: number, sampleRate: number, rng: Rng) {
    this.#noises = noises;
    this.#rng = rng;
    this.#sampleRate = sampleRate;
    this.#level = level;
    this.#fade = Math.round(FADE_SECONDS * sampleRate);
  }

  /** Adds the noise of a stretch; stretches follow on each other. @param start Samples from the stream's beginning. */
  addTo(samples: Float32Array, start: number): void {
    const end = start + samples.length;
    while ((this.#scenes.at(-1)?.to ?? 0) < end) this.#scenes.push(this.#draw());
    for (const { from, to, noise, offset } of this.#scenes) {
      const gain = this.#level / rms(noise);
      const [first, last] = [Math.max(start, from), Math.min(end, to + this.#fade)];
      for (let at = first; at < last; at++) {
        // The sum of the two weights' squares is 1: noises that have nothing to do with each other keep their level.
        const rising = from === 0 ? 1 : Math.min(1, (at - from) / this.#fade);
        const falling = Math.max(0, (at - to) / this.#fade);
        const weight = Math.sin(Math.PI / 2 * rising) * Math.cos(Math.PI / 2 * falling);
        const i = at - start;
        samples[i] = samples[i]! + gain * weight * noise[(offset + at - from) % noise.length]!;
      }
    }
    this.#scenes = this.#scenes.filter(({ to }) => to + this.#fade > end);
  }

  #draw(): Scene {
    const rng = this.#rng.fork(this.#drawn++);
    const from = this.#scenes.at(-1)?.to ?? 0;
    const noise = rng.pick(this.#noises);
    const length = Math.round(rng.uniform(...SCENE_SECONDS) * this.#sampleRate);
    return { from, to: from + length, noise, offset: rng.integer(noise.length) };
  }
}
