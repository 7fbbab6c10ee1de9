/**
 * Band-limited change of the sample rate: a windowed sinc, evaluated only at the output's instants ("polyphase").
 * Kaiser's window and its design formulas as in Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5.
 */
import type { Phases } from "./wave_filters.ts";

/** Zero crossings of the sinc on each side: with {@link BETA} the pass band reaches 0.88 of the lower Nyquist rate. */
const ZERO_CROSSINGS = 48;
/** Kaiser's shape for 85 dB of stop-band attenuation: 0.1102 (85 - 8.7). */
const BETA = 8.4;
/** Width of the transition, times the zero crossings, in units of the lower Nyquist rate: (85 - 8) / (2.285 pi 2). */
const TRANSITION = (85 - 8) / (2.285 * Math.PI * 2);

/** Beyond so many weights, those of each phase are not kept but taken from a table of the sinc: memory stays small. */
const MOST_KEPT_TAPS = 1 << 22;
/** Entries of that table for each zero crossing: linear interpolation is then exact to (pi / 2048)^2 / 8, -131 dB. */
const TABLE_STEPS = 2048;

export interface Resampler {
  /** Input samples on either side of an instant that decide an output there. */
  readonly reach: number;
  /**
   * @param samples `[n]`. @param first The input sample at whose instant the output begins.
   * @param count Length of the output; all that the input has from `first` on if absent.
   * @returns `[count]`: what lies before `first` and behind the end counts where `samples` has it.
   */
  (samples: Float32Array, first?: number, count?: number): Float32Array;
}

/**
 * Prepares a resampler for one pair of rates. Amplitude is kept within 0.01 dB up to 0.88 of the lower Nyquist rate,
 * what would alias is at least 80 dB down, there is no delay; outside its ends the signal counts as zero.
 *
 * @param fromHz Integer rate of the input. @param toHz Integer rate of the output.
 * @param zeroCrossings Of the sinc on each side: fewer take less time and keep less of the highest frequencies.
 * @returns A function from `[n]` to `[ceil(n * toHz / fromHz)]`, or to a part of that.
 * @throws {RangeError} If a rate is not a positive integer.
 */
export function resampler(fromHz: number, toHz: number, zeroCrossings = ZERO_CROSSINGS): Resampler {
  for (const rate of [fromHz, toHz]) {
    if (!Number.isInteger(rate) || rate < 1) {
      throw new RangeError(`Cannot resample from ${fromHz} to ${toHz} Hz: wanted positive integers`);
    }
  }
  if (fromHz === toHz) {
    const copy = (samples: Float32Array, first = 0, count = samples.length - first) =>
      samples.slice(first, first + count);
    return Object.assign(copy, { reach: 0 });
  }
  const { up, down, cutoff, reach } = designOf(fromHz, toHz, zeroCrossings);
  const keeps = up * 2 * reach <= MOST_KEPT_TAPS;
  const exact = windowedSinc(cutoff, reach);
  const kernel = keeps ? exact : tabulated(exact, reach);
  const phases: (Float64Array | undefined)[] = Array.from({ length: keeps ? up : 0 }, () => undefined);
  const tapsOf = (phase: number): Float64Array =>
    keeps ? phases[phase] ??= phaseTaps(phase / up, reach, kernel) : phaseTaps(phase / up, reach, kernel);

  const run = (
    samples: Float32Array,
    begin = 0,
    count = resampledLength(samples.length - begin, fromHz, toHz),
  ) => {
    const result = new Float32Array(count);
    const { length } = samples;
    const firstOf = (i: number) => begin + Math.floor(i * down / up) - reach + 1;
    const tapsAt = (i: number) => tapsOf(i * down % up);
    for (let i = 0; i < count;) {
      const first = firstOf(i);
      if (first >= 0 && i + 3 < count && firstOf(i + 3) + 2 * reach <= length) {
        sumFour(samples, result, i, firstOf, tapsAt);
        i += 4;
        continue;
      }
      const taps = tapsAt(i);
      const end = Math.min(taps.length, length - first);
      let sum = 0;
      for (let k = Math.max(0, -first); k < end; k++) sum += taps[k]! * samples[first + k]!;
      result[i++] = sum;
    }
    return result;
  };
  return Object.assign(run, { reach });
}

/** Four outputs whose inputs are all there, side by side: one sum alone waits for each of its additions. */
function sumFour(
  samples: Float32Array,
  result: Float32Array,
  i: number,
  firstOf: (i: number) => number,
  tapsAt: (i: number) => Float64Array,
): void {
  const [first0, first1, first2, first3] = [firstOf(i), firstOf(i + 1), firstOf(i + 2), firstOf(i + 3)];
  const [taps0, taps1, taps2, taps3] = [tapsAt(i), tapsAt(i + 1), tapsAt(i + 2), tapsAt(i + 3)];
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  const { length } = taps0;
  for (let k = 0; k < length; k++) {
    sum0 += taps0[k]! * samples[first0 + k]!;
    sum1 += taps1[k]! * samples[first1 + k]!;
    sum2 += taps2[k]! * samples[first2 + k]!;
    sum3 += taps3[k]! * samples[first3 + k]!;
  }
  result[i] = sum0;
  result[i + 1] = sum1;
  result[i + 2] = sum2;
  result[i + 3] = sum3;
}

/** The weights of such a resampler, for whoever adds up by other means. @param zeroCrossings As of {@link resampler}. */
export function phasesOf(fromHz: number, toHz: number, zeroCrossings: number): Phases {
  const { up, down, cutoff, reach } = designOf(fromHz, toHz, zeroCrossings);
  const kernel = windowedSinc(cutoff, reach);
  const taps = Array.from(
    { length: up },
    (_, phase) => Float32Array.from(phaseTaps(phase / up, reach, kernel)),
  );
  return { up, down, reach, taps };
}

function designOf(fromHz: number, toHz: number, zeroCrossings: number) {
  const common = greatestCommonDivisor(fromHz, toHz);
  const [up, down] = [toHz / common, fromHz / common];
  // The cutoff in cycles per input sample lies half a transition below the lower Nyquist rate.
  const cutoff = 0.5 * Math.min(1, up / down) * (1 - TRANSITION / zeroCrossings / 2);
  return { up, down, cutoff, reach: Math.ceil(zeroCrossings / (2 * cutoff)) };
}

/** Samples of a stretch of `frames` at one rate, at another. */
export function resampledLength(frames: number, fromHz: number, toHz: number): number {
  return Math.ceil(frames * toHz / fromHz);
}

/**
 * Resamples once; see {@link resampler}.
 *
 * ```ts
 * import { resample } from "./lib/mod.ts";
 *
 * console.log(resample(new Float32Array(44100), 44100, 16000).length); // 16000
 * ```
 */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  return resampler(fromHz, toHz)(samples);
}

/** Weight of an input sample by its distance from the output, in input samples. */
type Kernel = (distance: number) => number;

function windowedSinc(cutoff: number, reach: number): Kernel {
  return (distance) => {
    const relative = distance / reach;
    const window = Math.abs(relative) >= 1 ? 0 : bessel0(BETA * Math.sqrt(1 - relative * relative));
    return sinc(2 * cutoff * distance) * window;
  };
}

/** An even kernel by linear interpolation. */
function tabulated(kernel: Kernel, reach: number): Kernel {
  const steps = ZERO_CROSSINGS * TABLE_STEPS;
  const table = Float64Array.from({ length: steps + 2 }, (_, i) => kernel(i * reach / steps));
  return (distance) => {
    const at = Math.abs(distance) * steps / reach;
    const below = Math.min(steps, Math.floor(at));
    return table[below]! + (at - below) * (table[below + 1]! - table[below]!);
  };
}

/** Weights of the 2 * reach input samples around an output that lies `fraction` of a sample after one. */
function phaseTaps(fraction: number, reach: number, kernel: Kernel): Float64Array {
  const taps = new Float64Array(2 * reach);
  let sum = 0;
  for (let k = 0; k < taps.length; k++) sum += taps[k] = kernel(k - reach + 1 - fraction);
  // Normalising every phase makes the gain at 0 Hz exactly 1 and removes the ripple between phases.
  for (let k = 0; k < taps.length; k++) taps[k]! /= sum;
  return taps;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Modified Bessel function of the first kind and order 0, by its power series. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
