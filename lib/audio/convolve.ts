/** Convolution with long impulse responses, by the fast Fourier transform (Cooley and Tukey 1965, radix 2). */

/**
 * The first `signal.length` samples of the convolution: nothing is shifted, what rings on behind the end is left out.
 * @param signal `[n]`. @param response `[m]`, m >= 1. @returns `[n]`, a new array.
 */
export function convolve(signal: Float32Array, response: ArrayLike<number>): Float32Array {
  // Two halves of the signal are the real and the imaginary part of one transform: the response is real.
  const half = Math.ceil(signal.length / 2);
  const size = 2 ** Math.ceil(Math.log2(half + response.length));
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  re.set(signal.subarray(0, half));
  im.set(signal.subarray(half));
  const [hRe, hIm] = [new Float64Array(size), new Float64Array(size)];
  hRe.set(response);
  transform(re, im);
  transform(hRe, hIm);
  for (let k = 0; k < size; k++) {
    const a = re[k]!;
    const b = im[k]!;
    // Real and imaginary parts change places, which makes the next transform an inverse one.
    im[k] = (a * hRe[k]! - b * hIm[k]!) / size;
    re[k] = (a * hIm[k]! + b * hRe[k]!) / size;
  }
  transform(re, im);
  const result = new Float32Array(signal.length);
  for (let i = 0; i < half; i++) result[i] = im[i]!;
  for (let i = half; i < signal.length; i++) {
    result[i] = re[i - half]! + (i < size ? im[i]! : 0);
  }
  return result;
}

interface Tables {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
  /** Where each sample goes before the first pass: its bits in reverse. */
  readonly places: Uint32Array;
}

/** By size: few sizes occur. */
const TABLES = new Map<number, Tables>();

/** In place; its size is a power of 2. */
function transform(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  const { cosines, sines, places } = tablesOf(size);
  for (let i = 0; i < size; i++) {
    const j = places[i]!;
    if (j <= i) continue;
    swap(re, i, j);
    swap(im, i, j);
  }
  for (let width = 1; width < size; width *= 2) {
    const step = size / (2 * width);
    for (let start = 0; start < size; start += 2 * width) {
      for (let k = 0, t = 0; k < width; k++, t += step) {
        const a = start + k;
        const b = a + width;
        const x = cosines[t]! * re[b]! + sines[t]! * im[b]!;
        const y = cosines[t]! * im[b]! - sines[t]! * re[b]!;
        re[b] = re[a]! - x;
        im[b] = im[a]! - y;
        re[a] = re[a]! + x;
        im[a] = im[a]! + y;
      }
    }
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i]!;
  values[i] = values[j]!;
  values[j] = kept;
}

function tablesOf(size: number): Tables {
  const known = TABLES.get(size);
  if (known !== undefined) return known;
  const angles = Array.from({ length: Math.max(1, size / 2) }, (_, k) => 2 * Math.PI * k / size);
  const places = new Uint32Array(size);
  for (let i = 1; i < size; i++) places[i] = (places[i >> 1]! >> 1) | ((i & 1) === 0 ? 0 : size >> 1);
  const tables = {
    cosines: Float64Array.from(angles, Math.cos),
    sines: Float64Array.from(angles, Math.sin),
    places,
  };
  TABLES.set(size, tables);
  return tables;
}
