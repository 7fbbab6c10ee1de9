/** Turns planned running speech into samples. */
import { biquad } from "../../audio/biquad.ts";
import { withNoise } from "../../audio/add_noise.ts";
import { amplitudeOfDb, leveled, peak, rms, scaled } from "../../audio/level.ts";
import { UserError } from "../../base/errors.ts";
import type { NoiseName } from "../spoken_mini/plan.ts";
import { SpokenRenderer } from "../spoken_mini/render.ts";
import { type Engines, Speaker } from "../spoken_speech.ts";
import { readIn, rngOf, type RunningRecording } from "./plan.ts";
import type { RunningSettings } from "./schema.ts";
import type { Vocabulary } from "./texts.ts";

/** Length of each noise, out of which recordings have stretches. */
const NOISE_SECONDS = 20;
/** Sentences in a row that an engine may say nothing for. */
const MOST_SILENT = 5;

export class RunningRenderer {
  readonly #settings: RunningSettings;
  readonly #vocabulary: Vocabulary;
  readonly #speaker: Speaker;
  readonly #ofNoises: SpokenRenderer;
  readonly #noises = new Map<NoiseName, Float32Array>();

  constructor(settings: RunningSettings, vocabulary: Vocabulary, engines: Engines) {
    const { seed, sampleRate } = settings;
    this.#settings = settings;
    this.#vocabulary = vocabulary;
    this.#speaker = new Speaker(engines, sampleRate);
    // Of another seed than the data set's: the end of its noises is for the test.
    this.#ofNoises = new SpokenRenderer(
      { seed: rngOf(seed).fork("noises").integer(2 ** 31), sampleRate },
      engines,
    );
  }

  /**
   * @returns As many seconds as planned; the last sentence is cut off.
   * @throws {UserError} `bad-dataset` if an engine says nothing.
   */
  recording(recording: RunningRecording): Float32Array {
    const { sampleRate: rate, seed } = this.#settings;
    const { path, seconds, levelDb, noise: { name, snrDb } } = recording;
    const samples = new Float32Array(Math.round(seconds * rate));
    let [at, silent] = [0, 0];
    for (const { text, semitones, speed, gapSeconds } of readIn(recording, this.#vocabulary, seed)) {
      const wave = leveled(this.#heard(recording, text, semitones, speed), levelDb);
      silent = peak(wave) > 0 ? 0 : silent + 1;
      if (silent > MOST_SILENT) throw silenceOf(recording, text);
      if (silent > 0) continue;
      const begin = at + Math.round(gapSeconds * rate);
      if (begin < samples.length) samples.set(wave.subarray(0, samples.length - begin), begin);
      at = begin + wave.length;
      if (at >= samples.length) break;
    }
    const noise = this.#noise(name);
    const first = rngOf(seed).fork(`noise/${path}`).integer(noise.length);
    const background = Float32Array.from(samples, (_, i) => noise[(first + i) % noise.length]!);
    const gain = amplitudeOfDb(levelDb - snrDb) / Math.max(rms(background), 1e-5);
    const mixed = withNoise(samples, background, gain);
    return scaled(mixed, Math.min(1, 0.98 / peak(mixed)));
  }

  #noise(name: NoiseName): Float32Array {
    const length = NOISE_SECONDS * this.#settings.sampleRate;
    const noise = this.#noises.get(name) ??
      this.#ofNoises.noise(name, { voices: [], clips: [] }, length);
    this.#noises.set(name, noise);
    return noise;
  }

  #heard({ voice, filters }: RunningRecording, text: string, semitones: number, speed: number): Float32Array {
    const rate = this.#settings.sampleRate;
    return filters.reduce(
      (samples, filter) => biquad(samples, { ...filter, hz: Math.min(filter.hz, 0.45 * rate) }, rate),
      this.#speaker.speak(text, voice, semitones, speed),
    );
  }
}

function silenceOf({ path, voice }: RunningRecording, text: string): UserError {
  return new UserError(
    "bad-dataset",
    `Cannot make ${path}: ${voice.engine} says nothing for ${
      JSON.stringify(text)
    } and the ${MOST_SILENT} sentences ` +
      `before, wanted speech. Set dataset.running_seconds to 0.`,
  );
}
