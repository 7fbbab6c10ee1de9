/** Where in a clip something is said, by energy alone. */

/** Frames of a hundredth of a second. */
const FRAMES_PER_SECOND = 100;
/** Frames this far below the loudest, 30 dB in energy, are taken for what surrounds the word. */
const BELOW_LOUDEST = 1e-3;

/** Samples from the first to behind the last frame that is at most 30 dB below the loudest; `[0, 0]` of a silent clip. */
export function wordBounds(wave: Float32Array, sampleRate: number): readonly [begin: number, end: number] {
  const size = Math.max(1, Math.round(sampleRate / FRAMES_PER_SECOND));
  const { length } = wave;
  const energies = new Float64Array(Math.ceil(length / size));
  for (let frame = 0, i = 0; i < length; frame++) {
    let sum = 0;
    for (const end = Math.min(length, i + size); i < end; i++) sum += wave[i]! * wave[i]!;
    energies[frame] = sum;
  }
  const least = BELOW_LOUDEST * energies.reduce((most, energy) => Math.max(most, energy), 0);
  if (least === 0) return [0, 0];
  const first = energies.findIndex((energy) => energy >= least);
  const last = energies.findLastIndex((energy) => energy >= least);
  return [first * size, Math.min(length, (last + 1) * size)];
}
