/**
 * Gabor filters with Gaussian pooling as LEAF has them (Zeghidour et al. 2021): where their parameters start, within
 * which limits they stay, where frames are. Centres are in radians a sample, widths are standard deviations in samples,
 * widths of pooling windows are standard deviations in units of half the window.
 */
import { binCount } from "./framing.ts";
import { type BandSpec, htkMelToHz, hzToHtkMel } from "./band_filters.ts";

export interface GaborFrames {
  /** Of filters and of pooling windows; odd. */
  readonly taps: number;
  readonly hopSamples: number;
  /** Where the windows are, see {@link samplesBefore}. */
  readonly frames: FrameAlignment;
}

/** `tensorflow`: as the original pads, the same on both sides of a clip or one more behind. `centred`: at multiples of a hop. */
export type FrameAlignment = "tensorflow" | "centred";

/** One frame for each hop that a clip begins. */
export function gaborFrameCount(samples: number, { hopSamples }: GaborFrames): number {
  return Math.ceil(samples / hopSamples);
}

/** How far the first window begins before the clip. */
export function samplesBefore(samples: number, form: GaborFrames): number {
  const { taps, hopSamples, frames } = form;
  if (frames === "centred") return (taps - 1) / 2;
  const missing = (gaborFrameCount(samples, form) - 1) * hopSamples + taps - samples;
  return Math.max(0, missing >> 1);
}

export interface GaborBands {
  readonly centres: Float32Array;
  readonly widths: Float32Array;
}

export type Limits = readonly [least: number, most: number];

/** Standard deviation of a Gaussian's spectrum over half its width at half its height. */
const OF_HALF_HEIGHT = Math.sqrt(2 * Math.log(2));

/**
 * Envelope of a Gabor filter, `exp(-t^2 / (2 width^2)) / (sqrt(2 pi) width)`, at t = 0 .. half; it is the same at -t.
 *
 * @param width Standard deviation in samples. @param scale Of all.
 */
export function gaborEnvelope(width: number, half: number, scale = 1): Float64Array {
  const height = scale / (Math.sqrt(2 * Math.PI) * width);
  return Float64Array.from({ length: half + 1 }, (_, t) => height * Math.exp(-0.5 * (t / width) ** 2));
}

export function gaborLimits(
  taps: number,
): { readonly centres: Limits; readonly widths: Limits; readonly pooling: Limits } {
  const z = OF_HALF_HEIGHT / Math.PI;
  return { centres: [0, Math.PI], widths: [4 * z, taps * z], pooling: [2 / taps, 0.5] };
}

/** Every pooling width at the start. */
export const INITIAL_POOLING = 0.4;

/** Length of the transform in which LEAF's initializer looks at Mel filters. */
const MEL_FFT = 512;

/**
 * LEAF's start: centre and width of the roots of HTK's Mel filters, triangles over Mel, as their bins show them.
 * @throws {RangeError} If a filter has no bin.
 */
export function melGaborBands(spec: BandSpec): GaborBands {
  const bands = melRoots(spec).map((roots) => {
    const peak = Math.max(...roots);
    return { bin: roots.indexOf(peak), bins: roots.filter((root) => root >= peak / 2).length };
  });
  return {
    centres: Float32Array.from(bands, ({ bin }) => 2 * Math.PI * bin / MEL_FFT),
    widths: Float32Array.from(bands, ({ bins }) => OF_HALF_HEIGHT * MEL_FFT / (Math.PI * bins)),
  };
}

/** For each Mel filter the roots of its weights, by bin. @throws {RangeError} If a filter has no bin. */
export function melRoots({ sampleRate, nMels, fMinHz, fMaxHz }: BandSpec): Float64Array[] {
  const corner = htkCorners({ sampleRate, nMels, fMinHz, fMaxHz }).map(hzToHtkMel);
  const mels = Float64Array.from(
    { length: binCount(MEL_FFT) },
    (_, bin) => hzToHtkMel(bin * sampleRate / MEL_FFT),
  );
  mels[0] = -Infinity; // the original's filters have no weight at 0 Hz
  return Array.from({ length: nMels }, (_, m) => {
    const [left, centre, right] = [corner[m]!, corner[m + 1]!, corner[m + 2]!];
    const roots = mels.map((mel) =>
      Math.sqrt(Math.max(0, Math.min((mel - left) / (centre - left), (right - mel) / (right - centre))))
    );
    if (Math.max(...roots) === 0) {
      throw new RangeError(
        `Cannot start filter ${m + 1} of ${nMels} from its Mel filter: none of ${MEL_FFT} bins is within it`,
      );
    }
    return roots;
  });
}

/** EfficientLEAF's start (Schlueter and Gutenbrunner 2022): from the corners of HTK's Mel filters themselves. */
export function analyticGaborBands(spec: BandSpec): GaborBands {
  const { sampleRate, nMels } = spec;
  const hz = htkCorners(spec);
  return {
    centres: Float32Array.from({ length: nMels }, (_, m) => 2 * Math.PI * hz[m + 1]! / sampleRate),
    widths: Float32Array.from({ length: nMels }, (_, m) => sampleRate / 2 / (hz[m + 2]! - hz[m]!)),
  };
}

/** `nMels + 2`, equally spaced in HTK's Mel. */
function htkCorners({ nMels, fMinHz, fMaxHz }: BandSpec): Float64Array {
  const low = hzToHtkMel(fMinHz);
  const step = (hzToHtkMel(fMaxHz) - low) / (nMels + 1);
  return Float64Array.from({ length: nMels + 2 }, (_, i) => htkMelToHz(low + i * step));
}
