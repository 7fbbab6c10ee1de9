/** Levels of signals; full scale is 1, 0 dB is full scale. */

export function rms(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** Largest absolute value. */
export function peak(samples: Float32Array): number {
  let result = 0;
  for (let i = 0; i < samples.length; i++) result = Math.max(result, Math.abs(samples[i]!));
  return result;
}

export function amplitudeOfDb(db: number): number {
  return 10 ** (db / 20);
}

export function scaled(samples: Float32Array, gain: number): Float32Array {
  const result = new Float32Array(samples.length);
  for (let i = 0; i < result.length; i++) result[i] = samples[i]! * gain;
  return result;
}

/** `samples` at an RMS of `db`, or lower where it would exceed a peak of 0.95. Silence stays silence. */
export function leveled(samples: Float32Array, db: number): Float32Array {
  const gain = Math.min(amplitudeOfDb(db) / rms(samples), 0.95 / peak(samples));
  return Number.isFinite(gain) ? scaled(samples, gain) : samples.slice();
}
