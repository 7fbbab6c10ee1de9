/** What the kernels read of filters and windows, computed in float64. Pure. */
import { gaborEnvelope } from "../../audio/gabor.ts";

/**
 * Taps at 0 .. half as pairs; at -t there are the conjugates. With slopes: of each filter also the taps' derivatives by
 * its centre and by its width.
 *
 * @param scale Of all. @returns `[M, slopes ? 3 : 1, half + 1, 2]`.
 */
export function tapSequences(
  centres: ArrayLike<number>,
  widths: ArrayLike<number>,
  half: number,
  slopes: boolean,
  scale: number,
): Float32Array {
  const kinds = slopes ? 3 : 1;
  const row = 2 * (half + 1);
  const made = new Float32Array(centres.length * kinds * row);
  for (let m = 0; m < centres.length; m++) {
    const [centre, width] = [centres[m]!, widths[m]!];
    const envelope = gaborEnvelope(width, half, scale);
    for (let t = 0, at = m * kinds * row; t <= half; t++, at += 2) {
      const [re, im] = [envelope[t]! * Math.cos(centre * t), envelope[t]! * Math.sin(centre * t)];
      made[at] = re;
      made[at + 1] = im;
      if (!slopes) continue;
      made[at + row] = -t * im;
      made[at + row + 1] = t * re;
      const byWidth = ((t / width) ** 2 - 1) / width;
      made[at + 2 * row] = byWidth * re;
      made[at + 2 * row + 1] = byWidth * im;
    }
  }
  return made;
}

/** Windows at 0 .. half, each weight with its slope by the window's width. @returns `[M, half + 1, 2]`. */
export function windowSequences(pooling: ArrayLike<number>, half: number): Float32Array {
  const made = new Float32Array(pooling.length * 2 * (half + 1));
  for (let m = 0, at = 0; m < pooling.length; m++) {
    const width = pooling[m]!;
    for (let t = 0; t <= half; t++, at += 2) {
      const square = (t / (half * width)) ** 2;
      made[at] = Math.exp(-0.5 * square);
      made[at + 1] = made[at]! * square / width;
    }
  }
  return made;
}
