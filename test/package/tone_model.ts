/** A keyword spotter of two tones, trained here in seconds, and sound in which they are said. */
import { createClassifier } from "../../lib/door/classifier.ts";
import type { LabelledClip } from "../../lib/door/clips.ts";
import { makeFrontend } from "../../lib/door/frontend.ts";
import { Rng } from "../../lib/base/random.ts";
import { openForTest } from "../support/backends.ts";

export const SAMPLE_RATE = 16000;
const CLIP = 8000;
const CLASSES = ["_silence_", "low", "high"];
const HZ: Readonly<Record<string, number>> = { low: 400, high: 1900 };

/** What is said, and when it begins and ends, in seconds. */
export const SAID = [["low", 1.5, 2.3], ["high", 3.5, 4.3], ["low", 5.5, 6.3]] as const;
export const SECONDS = 7.5;

/** @returns A safetensors file. */
export async function toneModel(): Promise<Uint8Array<ArrayBuffer>> {
  await openForTest("wasm");
  const frontend = await makeFrontend({
    kind: "nnaudio",
    n_fft: 480,
    hop_samples: 160,
    n_mels: 40,
    f_min_hz: 0,
    f_max_hz: 8000,
    power_epsilon: "original",
    power: 2,
    mask: null,
    normalise: "batch",
    random_mel: false,
  }, {
    sampleRate: SAMPLE_RATE,
    clipSamples: CLIP,
    seed: 0,
    trained: ["mel"],
    compression: { kind: "log", offset: 1e-6 },
  });
  const options = { frontend, model: { kind: "linear" }, classes: CLASSES, clipSamples: CLIP, seed: 0 };
  using classifier = await createClassifier(options);
  const clips = clipsOf();
  const learning = { epochs: 4, batchSize: 12, rate: 0.002, frontendRate: 1e-5 };
  for await (const _ of classifier.learn(clips, clips, learning));
  return new Uint8Array(await classifier.checkpoint());
}

/** Tones in noise, at any rate. */
export function toneSound(sampleRate: number): Float32Array {
  const rng = Rng.fromSeed("sound");
  return Float32Array.from({ length: Math.round(SECONDS * sampleRate) }, (_, n) => {
    const seconds = n / sampleRate;
    const said = SAID.find(([, begin, end]) => seconds >= begin && seconds < end);
    const tone = said === undefined ? 0 : 0.3 * Math.sin(2 * Math.PI * HZ[said[0]]! * seconds);
    return tone + 0.005 * rng.normal();
  });
}

/** Whole tones, tones that begin or end within the clip, and noise. */
function clipsOf(): LabelledClip[] {
  return Array.from({ length: 144 }, (_, i) => {
    const label = CLASSES[i % CLASSES.length]!;
    const rng = Rng.fromSeed(`clip ${i}`);
    const [phase, gain] = [rng.uniform(0, 6), rng.uniform(0.1, 0.5)];
    const [begin, end] = [rng.uniform(-CLIP, CLIP / 3), rng.uniform(2 * CLIP / 3, 2 * CLIP)];
    const step = 2 * Math.PI * (HZ[label] ?? 0) * rng.uniform(0.97, 1.03) / SAMPLE_RATE;
    const wave = Float32Array.from({ length: CLIP }, (_, n) => {
      const tone = HZ[label] === undefined || n < begin || n > end ? 0 : gain * Math.sin(step * n + phase);
      return tone + 0.005 * rng.normal();
    });
    return { label, wave };
  });
}
