/** Half precision (IEEE 754 binary16). */

/** The largest finite value. */
export const MOST = 65504;

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The nearest half, ties to even; what is too large is infinite. */
export function float16Bits(value: number): number {
  single[0] = value;
  const word = bits[0]!;
  const sign = word >>> 16 & 0x8000;
  const exponent = (word >>> 23 & 0xff) - 127;
  const fraction = word & 0x7fffff;
  if (exponent === 128) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  if (exponent > 15) return sign | 0x7c00;
  if (exponent >= -14) return sign + roundedAt((exponent + 15) << 23 | fraction, 13);
  // A subnormal: the leading one becomes explicit.
  return exponent < -25 ? sign : sign + roundedAt(fraction | 0x800000, 13 - 14 - exponent);
}

/** `word / 2^places`, rounded to the nearest, ties to even. */
function roundedAt(word: number, places: number): number {
  const half = 2 ** (places - 1);
  const whole = Math.floor(word / 2 ** places);
  const rest = word - whole * 2 ** places;
  return rest > half || (rest === half && whole % 2 === 1) ? whole + 1 : whole;
}
