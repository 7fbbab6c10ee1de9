/** At which frequencies a spectrum is taken. */
import { binCount } from "./framing.ts";

/**
 * Bins other than those of the DFT, as nnAudio's `freq_scale`: `count` of them from `fMinHz` on, spaced so that one more
 * would be at `fMaxHz`.
 */
export interface BinSpacing {
  /** Each is as much above the one before in proportion, from above 0 Hz; else by as many Hz. */
  readonly isLog: boolean;
  readonly count: number;
  readonly fMinHz: number;
  readonly fMaxHz: number;
}

export interface BinSpec {
  readonly sampleRate: number;
  readonly nFft: number;
  /** Null: the DFT's, from 0 Hz to half the sample rate. */
  readonly bins: BinSpacing | null;
}

/** Number of bins. */
export function binsOf({ nFft, bins }: Pick<BinSpec, "nFft" | "bins">): number {
  return bins?.count ?? binCount(nFft);
}

/** In Hz. @throws {RangeError} If bins cannot be spaced so. */
export function binFrequencies({ sampleRate, nFft, bins }: BinSpec): Float64Array {
  if (bins === null) {
    const count = binCount(nFft);
    return Float64Array.from({ length: count }, (_, k) => ((sampleRate / 2) * k) / (count - 1));
  }
  const { isLog, count, fMinHz, fMaxHz } = bins;
  if (!(fMinHz >= 0 && fMinHz < fMaxHz && fMaxHz <= sampleRate / 2) || isLog && fMinHz === 0) {
    throw new RangeError(
      `Cannot space ${count} bins ${
        isLog ? "by their logarithms" : "evenly"
      } from ${fMinHz} to ${fMaxHz} Hz: wanted ` +
        `${isLog ? "0 <" : "0 <="} fMinHz < fMaxHz <= ${sampleRate / 2} (half the sample rate)`,
    );
  }
  return Float64Array.from(
    { length: count },
    (_, k) => isLog ? fMinHz * (fMaxHz / fMinHz) ** (k / count) : fMinHz + (k * (fMaxHz - fMinHz)) / count,
  );
}

/**
 * How much of the spectrum each bin stands for, in units of `sampleRate / nFft`: 1 for the DFT's. A sum over bins times
 * this is a sum over frequency, however they are spaced.
 */
export function binWidths(spec: BinSpec): Float64Array {
  if (spec.bins === null) return new Float64Array(binCount(spec.nFft)).fill(1);
  const hz = binFrequencies(spec);
  const last = hz.length - 1;
  const unit = spec.sampleRate / spec.nFft;
  if (last === 0) return Float64Array.of((spec.bins.fMaxHz - spec.bins.fMinHz) / unit);
  return hz.map((at, k) => {
    const below = k === 0 ? hz[1]! - at : at - hz[k - 1]!;
    const above = k === last ? at - hz[last - 1]! : hz[k + 1]! - at;
    return (below + above) / 2 / unit;
  });
}

/** In units of the sample rate. */
export function binShares(spec: BinSpec): Float64Array {
  return binFrequencies(spec).map((hz, k) => spec.bins === null ? k / spec.nFft : hz / spec.sampleRate);
}
