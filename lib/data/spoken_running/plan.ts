/** Plans running speech: who of the data set's training voices reads what, in which way. Pure. */
import type { BiquadSpec } from "../../audio/biquad.ts";
import { Rng } from "../../base/random.ts";
import { planFilters } from "../microphone.ts";
import { type NoiseName, NOISES, planSpokenMini } from "../spoken_mini/plan.ts";
import type { SpokenVoice } from "../spoken_voices.ts";
import type { RunningSettings } from "./schema.ts";
import { runningSentence, type Vocabulary } from "./texts.ts";

/** Noise of a recording: none is of voices, which say what nobody knows. */
const RUNNING_NOISES = NOISES.filter((name) => name !== "babble");

/** A recording of one speaker. */
export interface RunningRecording {
  /** Relative to the folder: `speech/<speaker>_nohash_<take>.wav`. */
  readonly path: string;
  readonly voice: SpokenVoice;
  readonly seconds: number;
  /** RMS of each sentence, in dB of full scale. */
  readonly levelDb: number;
  readonly filters: readonly BiquadSpec[];
  readonly noise: { readonly name: NoiseName; readonly snrDb: number };
}

/** A sentence, and the pause before it. */
export interface ReadSentence {
  readonly text: string;
  /** What the engine is asked for; the vocal tract's length is already allowed for. */
  readonly semitones: number;
  readonly speed: number;
  readonly gapSeconds: number;
}

/** Length of a recording, but for each speaker's last: the microphone changes from one to the next. */
const RECORDING_SECONDS = 8;
const FOLDER = "speech";
const GAP_SECONDS = [0.05, 0.6] as const;

type Planned = Pick<RunningSettings, "seed" | "voices" | "runningSeconds">;

/** Recordings of all training voices of the data set of this seed, as long as is asked for of each. */
export function planRunning({ seed, voices, runningSeconds }: Planned): RunningRecording[] {
  const rng = rngOf(seed);
  const { voices: all } = planSpokenMini({ seed, voices, words: [], clipsPerWord: 0 });
  return all.filter(({ split }) => split === "train").flatMap((voice) =>
    Array.from({ length: Math.ceil(runningSeconds / RECORDING_SECONDS) }, (_, take): RunningRecording => {
      const own = rng.fork(`recording/${voice.speaker}/${take}`);
      return {
        path: `${FOLDER}/${voice.speaker}_nohash_${take}.wav`,
        voice,
        seconds: Math.min(RECORDING_SECONDS, runningSeconds - take * RECORDING_SECONDS),
        levelDb: own.uniform(-30, -14),
        filters: planFilters(own.fork("filters")),
        // As the clips of words have it: nothing but what is said tells them apart.
        noise: {
          name: own.pick(RUNNING_NOISES),
          snrDb: own.uniform() < 0.6 ? own.uniform(5, 30) : own.uniform(40, 55),
        },
      };
    })
  );
}

/** What is read in a recording, without end. */
export function* readIn(
  { path, voice }: RunningRecording,
  vocabulary: Vocabulary,
  seed: number,
): Generator<ReadSentence, never> {
  const rng = rngOf(seed).fork(`read/${path}`);
  for (let k = 0;; k++) {
    const own = rng.fork(k);
    yield {
      text: runningSentence(vocabulary, own.fork("text")),
      semitones: voice.semitones + own.uniform(-1, 1) + 12 * Math.log2(voice.tract),
      speed: voice.speed * own.uniform(0.9, 1.25) * voice.tract,
      gapSeconds: own.uniform(...GAP_SECONDS),
    };
  }
}

/** Of all that is drawn for running speech. */
export function rngOf(seed: number): Rng {
  return Rng.fromSeed(seed).fork("running");
}
