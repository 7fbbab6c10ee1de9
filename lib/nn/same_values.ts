/** Whether an array still holds the values that a layer starts from. */

interface Numbers {
  readonly length: number;
  readonly [index: number]: number | bigint;
}

/**
 * Equal but for rounding: no difference above a millionth of the largest wanted value. Other programs compute the same
 * kernels with their own sine; a step of training moves them further.
 */
export function sameValues(found: Numbers, wanted: Float32Array): boolean {
  if (found.length !== wanted.length) return false;
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return wanted.every((value, i) => Math.abs(Number(found[i]) - value) <= 1e-6 * largest);
}
