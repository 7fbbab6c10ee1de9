/** Small data sets in Speech Commands' layout: each word is a tone of its own pitch, so that a model can learn it. */
import { encodeWav16 } from "../../lib/audio/wav.ts";
import { Rng } from "../../lib/base/random.ts";

export interface ToneFolder {
  readonly words?: readonly string[];
  readonly speakers?: number;
  readonly takes?: number;
  readonly sampleRate?: number;
  readonly seconds?: number;
  /** Also writes `_background_noise_`. */
  readonly noise?: boolean;
}

/** Writes `<folder>/<word>/<speaker>_nohash_<take>.wav`; the same bytes each time. */
export function writeToneFolder(folder: string, options: ToneFolder = {}): void {
  const { words = ["yes", "no"], speakers = 8, takes = 2, sampleRate = 16000, seconds = 1, noise = false } =
    options;
  for (const [i, word] of words.entries()) {
    Deno.mkdirSync(`${folder}/${word}`, { recursive: true });
    for (let speaker = 0; speaker < speakers; speaker++) {
      for (let take = 0; take < takes; take++) {
        const rng = Rng.fromSeed(`${word}/${speaker}/${take}`);
        const samples = tone(300 * 1.7 ** i, rng, sampleRate, seconds);
        const id = (speaker * 2654435761 >>> 0).toString(16).padStart(8, "0");
        Deno.writeFileSync(`${folder}/${word}/${id}_nohash_${take}.wav`, encodeWav16(samples, sampleRate));
      }
    }
  }
  if (!noise) return;
  Deno.mkdirSync(`${folder}/_background_noise_`, { recursive: true });
  for (const name of ["running_tap", "white_noise"]) {
    const rng = Rng.fromSeed(name);
    const samples = new Float32Array(6 * sampleRate).map(() => 0.05 * rng.normal());
    Deno.writeFileSync(`${folder}/_background_noise_/${name}.wav`, encodeWav16(samples, sampleRate));
  }
}

function tone(hz: number, rng: Rng, sampleRate: number, seconds: number): Float32Array {
  const pitch = hz * rng.uniform(0.95, 1.05);
  const gain = rng.uniform(0.1, 0.5);
  return new Float32Array(Math.round(seconds * sampleRate)).map((_, n) =>
    gain * Math.sin(2 * Math.PI * pitch * n / sampleRate) + 0.01 * rng.normal()
  );
}
