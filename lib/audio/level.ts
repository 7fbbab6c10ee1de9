/** Levels of signals; full scale is 1, 0 dB is full scale. Lengths are read once: in a loop that costs as much again. */

export function rms(samples: Float32Array): number {
  const { length } = samples;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += samples[i]! * samples[i]!;
  return length === 0 ? 0 : Math.sqrt(sum / length);
}

/** Largest absolute value. */
export function peak(samples: Float32Array): number {
  const { length } = samples;
  let result = 0;
  for (let i = 0; i < length; i++) {
    const size = Math.abs(samples[i]!);
    if (size > result) result = size;
  }
  return result;
}

export function amplitudeOfDb(db: number): number {
  return 10 ** (db / 20);
}

/** @param result `[n]`, to be filled. */
export function scaled(
  samples: Float32Array,
  gain: number,
  result: Float32Array = new Float32Array(samples.length),
): Float32Array {
  const { length } = samples;
  for (let i = 0; i < length; i++) result[i] = samples[i]! * gain;
  return result;
}

/** `samples` at an RMS of `db`, or lower where it would exceed a peak of 0.95. Silence stays silence. */
export function leveled(samples: Float32Array, db: number): Float32Array {
  const gain = Math.min(amplitudeOfDb(db) / rms(samples), 0.95 / peak(samples));
  return Number.isFinite(gain) ? scaled(samples, gain) : samples.slice();
}
