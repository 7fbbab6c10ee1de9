/** Bundled for a browser by a test, and run here beside it: a few steps of training through the portable door. */
import * as tf from "@tensorflow/tfjs";
import { createClassifier, makeFrontend, openRecogniser } from "../../lib/browser.ts";

const CLASSES = ["low", "high"];
const SAMPLES = 800;

/** Probabilities of a clip by what was learnt, rounded to what two builds of a browser's engine agree on. */
export async function portableResult(): Promise<readonly number[]> {
  await tf.setBackend("cpu");
  const frontend = await makeFrontend({
    kind: "fastaudio",
    n_fft: 128,
    hop_samples: 64,
    n_mels: 8,
    f_min_hz: 0,
    f_max_hz: 4000,
    power_epsilon: "original",
    power: 1,
    mask: null,
    normalise: "batch",
    filter: "triangular",
    sort: false,
    param_change_factor: 1,
    param_rand_factor: 0,
    compat: { band_limits: "scaled" },
  }, {
    sampleRate: 8000,
    clipSamples: SAMPLES,
    seed: 0,
    trained: ["stft", "mel"],
    compression: { kind: "decibels", amin: 1e-10, ref_value: 1, top_db: 80, compat: { top_db: "clip" } },
  });
  const clips = Array.from({ length: 4 }, (_, i) => ({
    label: CLASSES[i % 2]!,
    wave: Float32Array.from({ length: SAMPLES }, (_, n) => 0.3 * Math.sin((i % 2 === 0 ? 0.1 : 0.9) * n + i)),
  }));
  const options = { frontend, model: { kind: "linear" }, classes: CLASSES, clipSamples: SAMPLES, seed: 0 };
  using classifier = await createClassifier(options);
  const learning = { epochs: 2, batchSize: 4, rate: 0.01, frontendRate: 0.0001 };
  for await (const _ of classifier.learn(clips, clips, learning));
  using recogniser = await openRecogniser(await classifier.checkpoint(), "page");
  const { probabilities } = await recogniser.recognise(clips[1]!.wave);
  return Array.from(probabilities, (probability) => Number(probability.toFixed(4)));
}

if ("document" in globalThis) {
  Object.assign(globalThis, { portableResult: await portableResult() });
}
