/** The short-time Fourier transform as the sum that it stands for, in float64. */
import { periodicHann } from "../../../../lib/audio/windows.ts";
import { binCount } from "../../../../lib/audio/framing.ts";

/** Amplitudes `[frames][bins]` by the definition. */
export function amplitudes(wave: ArrayLike<number>, nFft: number, hop: number): Float64Array[] {
  const window = periodicHann(nFft);
  const [pad, last] = [nFft / 2, wave.length - 1];
  const frames = Math.floor((wave.length + 2 * pad - nFft) / hop) + 1;
  const cosines = Float64Array.from({ length: nFft }, (_, i) => Math.cos(2 * Math.PI * i / nFft));
  const sines = Float64Array.from({ length: nFft }, (_, i) => Math.sin(2 * Math.PI * i / nFft));
  return Array.from({ length: frames }, (_, t) => {
    const frame = Float64Array.from(window, (weight, n) => {
      const at = Math.abs(t * hop + n - pad);
      return weight * wave[at > last ? 2 * last - at : at]!;
    });
    return Float64Array.from({ length: binCount(nFft) }, (_, k) => {
      let [re, im] = [0, 0];
      for (let n = 0; n < nFft; n++) {
        re += frame[n]! * cosines[k * n % nFft]!;
        im += frame[n]! * sines[k * n % nFft]!;
      }
      return Math.hypot(re, im);
    });
  });
}
