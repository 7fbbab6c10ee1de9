/** Clips around an example that is changed. */
import { SILENCE, type Surroundings } from "../../../lib/augment/contract.ts";
import { Rng } from "../../../lib/base/random.ts";
import { openWaveFilters } from "../../../lib/kernels/wave_filters/alone_io.ts";
import { newArray } from "../../../lib/audio/wave_filters.ts";
import type { Wave } from "../../../lib/augment/transforms/waves/wave.ts";

export const RATE = 16000;
export const filters = await openWaveFilters();

/** A word, and as many clips of silence as are given. */
export function around(noises: readonly Float32Array[], word = tone(440)): Surroundings {
  return {
    sampleRate: RATE,
    clipSamples: word.length,
    count: 1 + noises.length,
    labelsOf: (row) => [row === 0 ? "yes" : SILENCE],
    valuesOf: (row) => (row === 0 ? word : noises[row - 1]!).slice(),
  };
}

/** An utterance, which may become longer or shorter. */
export function utteranceOf(values: Float32Array): Wave {
  const wave = waveOf(values);
  return { ...wave, around: { ...wave.around, clipSamples: null } };
}

export function waveOf(values: Float32Array, label = "yes", noises = [noise(0.2)]): Wave {
  return { values, labels: [label], sampleRate: RATE, around: around(noises), filters, lend: newArray };
}

/** A tone between silent ends, as a word is. */
export function tone(hz: number, [from, to] = [0.3, 0.7], length = RATE, amplitude = 0.5): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const isOn = i >= from * length && i < to * length;
    return isOn ? amplitude * Math.sin(2 * Math.PI * hz * i / RATE) : 0;
  });
}

export function noise(amplitude: number, length = RATE, seed = 5): Float32Array {
  const rng = Rng.fromSeed(seed);
  return Float32Array.from({ length }, () => rng.uniform(-amplitude, amplitude));
}
