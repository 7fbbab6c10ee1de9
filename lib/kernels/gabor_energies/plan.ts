/**
 * What is computed of Gabor energies in frequency, and how finely. Pure.
 *
 * A clip is transformed once, with zeros behind it. A filter keeps the bins at which its spectrum is above a share of its
 * peak; their transform back has as many points as hold the energy of what is kept, as far as the pooling window sees
 * it: at the rate of the clip it would have the same energy between them. What pooling sums up at these points is the
 * window within the clip, seen through the lowest frequencies alone.
 */
import { gaborFrameCount, type Limits, samplesBefore } from "../../audio/gabor.ts";
import { RADICES, radicesOf } from "../spectrum/radices.ts";
import type { GaborForm } from "./types.ts";

/** A stretch of a clip around a frame's window, in hops. */
export interface Stretch {
  readonly hops: number;
  /** From its begin to the frame's number. */
  readonly before: number;
}

export interface GaborGeometry {
  readonly samples: number;
  readonly frames: number;
  /** Of the transform: a whole number of hops, even. */
  readonly length: number;
  readonly hops: number;
  /** From the first window's begin to the clip's, in samples. */
  readonly before: number;
  /** Frames whose whole window is within the clip: from this one to before that one; the others are at the edges. */
  readonly firstInner: number;
  readonly endInner: number;
  readonly inner: Stretch;
  readonly edge: Stretch;
}

/** Hops of a row beyond its window: what low frequencies make of a window dies away there. */
const INNER_MARGIN = 3;
/** A window that is cut off at the clip's end dies away more slowly. */
const EDGE_HOPS = 20;

/** @throws {RangeError} If a clip is empty. */
export function geometryOf(samples: number, form: GaborForm): GaborGeometry {
  const { taps, hopSamples } = form;
  if (samples < 1) throw new RangeError("gaborEnergies: a clip has no samples, wanted 1 or more");
  const frames = gaborFrameCount(samples, form);
  const before = samplesBefore(samples, form);
  const hops = quickest(
    Math.ceil((samples + (taps - 1) / 2) / hopSamples),
    (count) => count * hopSamples / 2,
  );
  const stretch = (most: number): Stretch => {
    const length = Math.min(hops, most);
    const middle = (length * hopSamples - taps + 1) / 2 + before;
    return {
      hops: length,
      before: Math.max(Math.ceil(before / hopSamples), Math.floor(middle / hopSamples)),
    };
  };
  const innerHops = 2 * Math.ceil((Math.ceil(taps / hopSamples) + INNER_MARGIN) / 2);
  const firstInner = Math.min(frames, Math.ceil(before / hopSamples));
  const lastInner = Math.floor((samples + before - taps) / hopSamples);
  const hasInner = innerHops <= hops && lastInner >= firstInner;
  return {
    samples,
    frames,
    length: hops * hopSamples,
    hops,
    before,
    firstInner: hasInner ? firstInner : frames,
    endInner: hasInner ? Math.min(frames, lastInner + 1) : frames,
    inner: stretch(innerHops),
    edge: stretch(Math.max(EDGE_HOPS, 2 * Math.ceil(taps / hopSamples) + INNER_MARGIN)),
  };
}

/** What of a filter's spectrum is kept, and at how many points of a hop its energies are. */
export interface GaborBand {
  /** Bin; negative ones are those of negative frequencies. */
  readonly first: number;
  readonly count: number;
  readonly ofHop: number;
}

/** Standard deviations of the window's spectrum to each side that points keep apart from what is folded onto it. */
const WINDOW_DEVIATIONS = 3;

/** @param centre, width, pooling Of one filter, within their limits, or NaN. */
export function bandOf(
  [centre, width, pooling]: readonly [number, number, number],
  { taps, hopSamples, cut }: GaborForm,
  { length, hops }: GaborGeometry,
): GaborBand {
  if (Number.isNaN(centre + width + pooling)) { // of a training that diverged: its energies are NaN, of one bin too
    return { first: 0, count: 1, ofHop: Math.min(hopSamples, quickest(1, (points) => points * hops)) };
  }
  const half = (taps - 1) / 2;
  const middle = Math.round(centre * length / (2 * Math.PI));
  const reach = Math.ceil(halfBand(width, half, cut) * length / (2 * Math.PI));
  if (2 * reach + 1 >= length) return { first: middle - (length >> 1), count: length, ofHop: hopSamples };
  const count = 2 * reach + 1;
  const windowBins = length / (2 * Math.PI * half * pooling);
  const least = Math.ceil((count + WINDOW_DEVIATIONS * windowBins) / hops);
  const ofHop = Math.min(hopSamples, quickest(least, (points) => points * hops));
  return { first: middle - reach, count, ofHop };
}

/**
 * How far from the centre a filter's spectrum is above a share of its peak, in radians a sample: that of the Gaussian,
 * and of what is missing where it is cut off, which dies away as one over the distance.
 */
function halfBand(width: number, half: number, cut: number): number {
  if (cut === 0) return Math.PI;
  let peak = 1;
  for (let t = 1; t <= half; t++) peak += 2 * Math.exp(-0.5 * (t / width) ** 2);
  const gaussian = Math.sqrt(2 * Math.log(1 / cut)) / width;
  const tails = 2 * Math.asin(Math.min(1, Math.exp(-0.5 * (half / width) ** 2) / (cut * peak)));
  return Math.min(Math.PI, Math.max(gaussian, tails));
}

/** Larger numbers are tried as long as they are at most this many times the least. */
const MOST_SLACK = 1.3;

/**
 * The number from `least` up whose transform is quickest: few passes of small primes.
 * @param lengthOf Of the transform; numbers that make no whole one do not count.
 */
function quickest(least: number, lengthOf: (count: number) => number): number {
  let [best, lowest] = [least, Infinity];
  for (let count = Math.max(1, least); lowest === Infinity || count <= least * MOST_SLACK; count++) {
    const length = lengthOf(count);
    const cost = Number.isInteger(length) ? costOf(length) : Infinity;
    if (cost < lowest) [best, lowest] = [count, cost];
  }
  return best;
}

/** Every pass goes through memory; one of a large prime is done by its definition. */
function costOf(length: number): number {
  const ofPass = (radix: number) => RADICES.includes(radix) ? 2 + Math.log2(radix) : 2 * radix;
  return length * radicesOf(length).reduce((sum, radix) => sum + ofPass(radix), 0);
}

/** The value within limits. */
export function within(value: number, [least, most]: Limits): number {
  return Math.min(most, Math.max(least, value));
}
