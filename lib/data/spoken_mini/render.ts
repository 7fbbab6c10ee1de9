/** Turns planned clips and noises of the synthetic data set into samples. */
import { biquad } from "../../audio/biquad.ts";
import { amplitudeOfDb, leveled, peak, rms, scaled } from "../../audio/level.ts";
import { withNoise } from "../../audio/add_noise.ts";
import { dishes, exerciseBike, pinkNoise, runningTap, whiteNoise } from "../../audio/noise.ts";
import { UserError } from "../../base/errors.ts";
import { Rng } from "../../base/random.ts";
import { BABBLE_SENTENCES } from "./babble.ts";
import type { NoiseName, SpokenClip, SpokenPlan } from "./plan.ts";
import type { SpokenMiniSettings } from "./schema.ts";
import { type Engines, Speaker } from "../spoken_speech.ts";
import type { SpokenVoice } from "../spoken_voices.ts";

/** A word may take this part of the second; a longer one is spoken again, faster. */
const LONGEST_PART = 0.92;
const TALKERS = 5;

export class SpokenRenderer {
  readonly #speaker: Speaker;
  readonly #rng: Rng;
  readonly #sampleRate: number;

  constructor(
    { seed, sampleRate }: Pick<SpokenMiniSettings, "seed" | "sampleRate">,
    engines: Engines,
  ) {
    this.#speaker = new Speaker(engines, sampleRate);
    this.#rng = Rng.fromSeed(seed).fork("spoken_mini");
    this.#sampleRate = sampleRate;
  }

  /**
   * A background recording.
   *
   * @param plan Its training voices speak in the babble.
   * @returns `[length]`.
   */
  noise(name: NoiseName, plan: SpokenPlan, length: number): Float32Array {
    const rng = this.#rng.fork(`noise/${name}`);
    const level = rng.fork("level").uniform(-32, -20);
    return leveled(this.#noise(name, length, plan, rng), level);
  }

  /**
   * One second of a word.
   *
   * @param noise The background recording that the plan names, a second or longer.
   * @throws {UserError} `bad-dataset` if the word cannot be spoken within a second.
   */
  clip(clip: SpokenClip, noise: Float32Array): Float32Array {
    const rate = this.#sampleRate;
    const spoken = clip.filters.reduce(
      (samples, filter) => biquad(samples, { ...filter, hz: Math.min(filter.hz, 0.45 * rate) }, rate),
      this.#word(clip),
    );
    const word = leveled(spoken, clip.levelDb);
    const second = new Float32Array(rate);
    second.set(word, Math.round((rate - word.length) * clip.placement));
    if (clip.room !== null) {
      addReflections(
        second,
        clip.room.decayMs * rate / 1000,
        clip.room.levelDb,
        this.#rng.fork(`room/${clip.path}`),
      );
    }
    const first = Math.floor((noise.length - rate) * clip.noise.position);
    const background = noise.subarray(first, first + rate);
    const gain = rms(word) * amplitudeOfDb(-clip.noise.snrDb) / Math.max(rms(background), 1e-5);
    const mixed = withNoise(second, background, gain);
    return scaled(mixed, Math.min(1, 0.98 / peak(mixed)));
  }

  #word(clip: SpokenClip): Float32Array {
    const longest = Math.floor(LONGEST_PART * this.#sampleRate);
    let speed = clip.engineVoice.speed;
    for (let attempt = 0; attempt < 4; attempt++) {
      const word = this.#speaker.speak(clip.word, clip.voice, clip.engineVoice.semitones, speed);
      if (peak(word) > 0 && word.length <= longest) return word;
      speed *= 1.08 * Math.max(1, word.length / longest);
    }
    throw new UserError(
      "bad-dataset",
      `Cannot make ${clip.path}: ${clip.voice.engine} cannot say "${clip.word}" within a second. Choose shorter words.`,
    );
  }

  #noise(name: NoiseName, length: number, plan: SpokenPlan, rng: Rng): Float32Array {
    switch (name) {
      case "babble":
        return this.#babble(length, plan.voices.filter(({ split }) => split === "train"), rng);
      case "doing_the_dishes":
        return dishes(length, this.#sampleRate, rng);
      case "exercise_bike":
        return exerciseBike(length, this.#sampleRate, rng);
      case "pink_noise":
        return pinkNoise(length, rng);
      case "running_tap":
        return runningTap(length, this.#sampleRate, rng);
      case "white_noise":
        return whiteNoise(length, rng);
      default:
        name satisfies never;
        throw new Error(`No noise is called ${name}`);
    }
  }

  /** Several talkers at once, each one sentence after the other. */
  #babble(length: number, voices: readonly SpokenVoice[], rng: Rng): Float32Array {
    const sentences = Math.max(TALKERS, Math.min(40, Math.ceil(length / this.#sampleRate)));
    const stock = Array.from({ length: sentences }, (_, i) => {
      const voice = rng.pick(voices);
      const text = BABBLE_SENTENCES[i % BABBLE_SENTENCES.length]!;
      return leveled(
        this.#speaker.speak(text, voice, voice.semitones, voice.speed * voice.tract),
        rng.uniform(-34, -22),
      );
    });
    const result = new Float32Array(length);
    for (let talker = 0; talker < TALKERS; talker++) {
      // Starting before the beginning leaves no quiet stretch there.
      for (let at = -rng.integer(2 * this.#sampleRate); at < length;) {
        const sentence = rng.pick(stock);
        for (let i = Math.max(0, -at); i < sentence.length && at + i < length; i++) {
          result[at + i] = result[at + i]! + sentence[i]!;
        }
        at += sentence.length + rng.integer(this.#sampleRate >> 1);
      }
    }
    return result;
  }
}

/** Adds sparse reflections that decay exponentially, with random signs (Moorer 1979's picture of a late field). */
function addReflections(samples: Float32Array, decaySamples: number, levelDb: number, rng: Rng): void {
  const direct = samples.slice();
  const count = 32;
  for (let k = 0; k < count; k++) {
    const delay = 1 + Math.floor(rng.uniform(0.01, 1) * decaySamples);
    const sign = rng.uniform() < 0.5 ? -1 : 1;
    const gain = sign * amplitudeOfDb(levelDb - 60 * delay / decaySamples) * Math.sqrt(8 / count);
    for (let i = delay; i < samples.length; i++) samples[i] = samples[i]! + gain * direct[i - delay]!;
  }
}
