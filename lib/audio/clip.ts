/** Brings clips to one length. */

/**
 * The first `length` samples, with zeros after the end of a shorter clip. As for Speech Commands, words are taken to
 * be placed by whoever cut the clips: nothing is centred, so a clip of the right length is returned unchanged.
 *
 * @param samples `[n]`. @returns `[length]`.
 */
export function fitLength(samples: Float32Array, length: number): Float32Array;
export function fitLength(samples: Float32Array | Int16Array, length: number): Float32Array | Int16Array;
export function fitLength(samples: Float32Array | Int16Array, length: number): Float32Array | Int16Array {
  if (samples.length === length) return samples;
  const fitted = samples instanceof Int16Array ? new Int16Array(length) : new Float32Array(length);
  fitted.set(samples.subarray(0, length));
  return fitted;
}
