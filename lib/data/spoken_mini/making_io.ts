/** Makes and writes the synthetic words, a piece at a time: first the background recordings, then the clips. */
import { encodeWav16 } from "../../audio/wav.ts";
import type { EngineName } from "../../speech/engine.ts";
import { openEngines } from "../../speech/engines_io.ts";
import type { DoPiece } from "../pieces_io.ts";
import { BACKGROUND_NOISE } from "../words_layout/vocabulary.ts";
import { NOISES, planSpokenMini } from "./plan.ts";
import { SpokenRenderer } from "./render.ts";
import type { SpokenMiniSettings } from "./schema.ts";

/** Plain values and memory that all threads share. */
export interface SpokenWork {
  readonly settings: SpokenMiniSettings;
  /** What is said besides the words. */
  readonly negatives: readonly string[];
  /** Has a folder for each word. */
  readonly folder: string;
  /** One behind the other, in the order of {@link NOISES}. */
  readonly noises: Float32Array;
  /** For each noise 1 as soon as it is there. */
  readonly made: Int32Array;
}

/** Of nothing made yet. */
export function spokenWork(
  settings: SpokenMiniSettings,
  negatives: readonly string[],
  folder: string,
): SpokenWork {
  const samples = NOISES.length * noiseLength(settings);
  return {
    settings,
    negatives,
    folder,
    noises: new Float32Array(new SharedArrayBuffer(4 * samples)),
    made: new Int32Array(new SharedArrayBuffer(4 * NOISES.length)),
  };
}

export async function openSpokenWork(
  { settings, negatives, folder, noises, made }: SpokenWork,
): Promise<DoPiece> {
  const plan = planSpokenMini({ ...settings, negatives });
  const engines: readonly EngineName[] = plan.voices.map(({ engine }) => engine);
  const renderer = new SpokenRenderer(settings, await openEngines(engines));
  const length = noiseLength(settings);
  const noiseAt = (k: number) => noises.subarray(k * length, (k + 1) * length);
  const write = (path: string, samples: Float32Array) =>
    Deno.writeFileSync(`${folder}/${path}`, encodeWav16(samples, settings.sampleRate));
  return (piece) => {
    if (piece < NOISES.length) {
      const name = NOISES[piece]!;
      const samples = renderer.noise(name, plan, length);
      noiseAt(piece).set(samples);
      write(`${BACKGROUND_NOISE}/${name}.wav`, samples);
      Atomics.store(made, piece, 1);
      Atomics.notify(made, piece);
      return;
    }
    const clip = plan.clips[piece - NOISES.length]!;
    const noise = NOISES.indexOf(clip.noise.name);
    while (Atomics.load(made, noise) === 0) Atomics.wait(made, noise, 0);
    write(clip.path, renderer.clip(clip, noiseAt(noise)));
  };
}

function noiseLength({ noiseSeconds, sampleRate }: SpokenMiniSettings): number {
  return Math.round(noiseSeconds * sampleRate);
}
