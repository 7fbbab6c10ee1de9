/** Convolution with long impulse responses, by the fast Fourier transform (Cooley and Tukey 1965, radix 4). */

/**
 * The first `signal.length` samples of the convolution: nothing is shifted, what rings on behind the end is left out.
 * @param signal `[n]`. @param response `[m]`, m >= 1. @returns `[n]`, a new array.
 */
export function convolve(signal: Float32Array, response: ArrayLike<number>): Float32Array {
  // Two halves of the signal are the real and the imaginary part of one transform: the response is real.
  const half = Math.ceil(signal.length / 2);
  const size = 2 ** Math.ceil(Math.log2(Math.max(4, half + response.length)));
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  re.set(signal.subarray(0, half));
  im.set(signal.subarray(half));
  const [hRe, hIm] = [new Float64Array(size), new Float64Array(size)];
  hRe.set(response);
  // Forwards the order of frequencies is mixed up, and backwards that is undone: nobody looks in between.
  scatter(re, im);
  scatter(hRe, hIm);
  for (let k = 0; k < size; k++) {
    const a = re[k]!;
    const b = im[k]!;
    re[k] = (a * hRe[k]! - b * hIm[k]!) / size;
    im[k] = (a * hIm[k]! + b * hRe[k]!) / size;
  }
  gather(re, im);
  const result = new Float32Array(signal.length);
  for (let i = 0; i < half; i++) result[i] = re[i]!;
  for (let i = half; i < signal.length; i++) result[i] = im[i - half]! + (i < size ? re[i]! : 0);
  return result;
}

interface Turns {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

/** By size: few sizes occur. */
const TURNS = new Map<number, Turns>();

/** In place, by decimation in frequency: frequencies come out in the order of their reversed digits. */
function scatter(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  const { cosines, sines } = turnsOf(size);
  let width = size;
  for (; width >= 4; width /= 4) {
    const quarter = width / 4;
    const step = size / width;
    for (let start = 0; start < size; start += width) {
      for (let k = 0, t = 0; k < quarter; k++, t += step) {
        const c1 = cosines[t]!;
        const s1 = sines[t]!;
        const c2 = cosines[2 * t]!;
        const s2 = sines[2 * t]!;
        const c3 = c1 * c2 - s1 * s2;
        const s3 = s1 * c2 + c1 * s2;
        const a = start + k;
        const b = a + quarter;
        const c = b + quarter;
        const d = c + quarter;
        const pr = re[a]! + re[c]!;
        const pi = im[a]! + im[c]!;
        const qr = re[a]! - re[c]!;
        const qi = im[a]! - im[c]!;
        const rr = re[b]! + re[d]!;
        const ri = im[b]! + im[d]!;
        const tr = im[b]! - im[d]!;
        const ti = re[d]! - re[b]!;
        re[a] = pr + rr;
        im[a] = pi + ri;
        // Multiplied by exp(-2 pi i t k / size) for the first, the second and the third multiple.
        turn(re, im, b, qr + tr, qi + ti, c1, s1);
        turn(re, im, c, pr - rr, pi - ri, c2, s2);
        turn(re, im, d, qr - tr, qi - ti, c3, s3);
      }
    }
  }
  if (width === 2) pairs(re, im);
}

/** The inverse of {@link scatter} but for a factor of the size: by decimation in time, from that order. */
function gather(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  const { cosines, sines } = turnsOf(size);
  const isOdd = Math.log2(size) % 2 === 1;
  if (isOdd) pairs(re, im);
  for (let width = isOdd ? 8 : 4; width <= size; width *= 4) {
    const quarter = width / 4;
    const step = size / width;
    for (let start = 0; start < size; start += width) {
      for (let k = 0, t = 0; k < quarter; k++, t += step) {
        const c1 = cosines[t]!;
        const s1 = -sines[t]!;
        const c2 = cosines[2 * t]!;
        const s2 = -sines[2 * t]!;
        const c3 = c1 * c2 - s1 * s2;
        const s3 = s1 * c2 + c1 * s2;
        const a = start + k;
        const b = a + quarter;
        const c = b + quarter;
        const d = c + quarter;
        turn(re, im, b, re[b]!, im[b]!, c1, s1);
        turn(re, im, c, re[c]!, im[c]!, c2, s2);
        turn(re, im, d, re[d]!, im[d]!, c3, s3);
        const pr = re[a]! + re[c]!;
        const pi = im[a]! + im[c]!;
        const qr = re[a]! - re[c]!;
        const qi = im[a]! - im[c]!;
        const rr = re[b]! + re[d]!;
        const ri = im[b]! + im[d]!;
        const tr = im[b]! - im[d]!;
        const ti = re[d]! - re[b]!;
        re[a] = pr + rr;
        im[a] = pi + ri;
        re[b] = qr - tr;
        im[b] = qi - ti;
        re[c] = pr - rr;
        im[c] = pi - ri;
        re[d] = qr + tr;
        im[d] = qi + ti;
      }
    }
  }
}

/** Writes `(x + iy)(c - is)`. */
function turn(
  re: Float64Array,
  im: Float64Array,
  at: number,
  x: number,
  y: number,
  c: number,
  s: number,
): void {
  re[at] = c * x + s * y;
  im[at] = c * y - s * x;
}

/** Transforms of two samples each; their own inverse but for a factor. */
function pairs(re: Float64Array, im: Float64Array): void {
  for (let a = 0; a < re.length; a += 2) {
    const [x, y] = [re[a]!, im[a]!];
    re[a] = x + re[a + 1]!;
    im[a] = y + im[a + 1]!;
    re[a + 1] = x - re[a + 1]!;
    im[a + 1] = y - im[a + 1]!;
  }
}

function turnsOf(size: number): Turns {
  const known = TURNS.get(size);
  if (known !== undefined) return known;
  const angles = Float64Array.from({ length: Math.max(1, size / 2) }, (_, k) => 2 * Math.PI * k / size);
  const turns = { cosines: angles.map(Math.cos), sines: angles.map(Math.sin) };
  TURNS.set(size, turns);
  return turns;
}
