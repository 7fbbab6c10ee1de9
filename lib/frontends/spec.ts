/** What a front-end is and where training starts in it. Pure: planning a run needs this and no numeric library. */
import type { WidthLimits } from "../audio/band_filters.ts";
import { binCount, frameCount } from "../audio/framing.ts";
import type { Representation } from "../nn/types.ts";

/** What all front-ends share: a spectrum from an STFT, bands, normalisation. */
interface SpectrogramSpec {
  readonly sampleRate: number;
  readonly nFft: number;
  readonly hopSamples: number;
  readonly nMels: number;
  readonly fMinHz: number;
  readonly fMaxHz: number;
  /** `mel`: the Mel matrix, or the centres and widths of the bands. */
  readonly trainable: { readonly stft: boolean; readonly mel: boolean };
  /**
   * Added to the power of every bin. `original`: 1e-8 when the STFT is trained and 0 when it is not, so that on
   * silence the two differ by 1.4 in log-mel, as in the original code.
   */
  readonly powerEpsilon: "original" | number;
  /** What the filters see: 1 the magnitude, 2 the power. */
  readonly power: 1 | 2;
  readonly mask: BinMask | null;
  /**
   * After the compression. `batch`: each band is normalised by batch norm without parameters. `clip_mean`: each
   * band's mean over the frames of its clip is taken off.
   */
  readonly normalise: "none" | "batch" | "clip_mean";
}

/** Bins of the spectrum that are set to zero, from `start` to `end - 1`. */
export interface BinMask {
  readonly start: number;
  readonly end: number;
}

/** Power or magnitude, Slaney's Mel filters as a matrix, natural log. */
export interface NnAudioSpec extends SpectrogramSpec {
  readonly kind: "nnaudio";
  /** Not null: the Mel matrix starts as rectified noise drawn from this seed, whether it is trained or not. */
  readonly randomMel: { readonly seed: number } | null;
}

/** Filters given by centre and width, decibels. */
export interface FastAudioSpec extends SpectrogramSpec {
  readonly kind: "fastaudio";
  readonly filter: FilterShape;
  readonly limits: WidthLimits;
  readonly decibels: DecibelSpec;
  /** Sorts centres and widths, each by itself, before the filters are made of them. */
  readonly sort: boolean;
  /** How fast centres and widths move for the same learning rate; their values stay the same. */
  readonly paramChangeFactor: number;
  /** In training all centres, and all widths, are scaled by a random factor within this distance of 1. */
  readonly paramRandFactor: number;
}

export type FilterShape = "triangular" | "gaussian" | "rectangular";

export interface DecibelSpec {
  /** Energies below count as this. */
  readonly amin: number;
  /** The energy of 0 dB. */
  readonly refValue: number;
  /** Values further below the loudest are raised to this distance. Null: none are. */
  readonly topDb: number | null;
  /** Where the loudest value is looked for. `batch`: a clip's features depend on its neighbours. */
  readonly loudestOf: "clip" | "batch";
}

/** All front-ends, told apart by `kind`. */
export type FrontendSpec = NnAudioSpec | FastAudioSpec;

/** Which parts are trained: A nothing, B the Mel filters, C the STFT kernels, D both. */
export type Setting = "A" | "B" | "C" | "D";

/** What the frozen prefix depends on and nothing else: equal values mean equal features. */
export type PrefixSpec =
  | { readonly representation: "waveform" }
  | ({ readonly representation: "power" | "magnitude" } & SpectrumPrefix)
  | ({ readonly representation: "logmel" } & SpectrumPrefix & LogMelPrefix)
  | ({ readonly representation: "decibels" } & SpectrumPrefix & DecibelPrefix);

interface SpectrumPrefix {
  readonly nFft: number;
  readonly hopSamples: number;
  readonly powerEpsilon: number;
  readonly mask: BinMask | null;
}

interface BandPrefix {
  readonly power: 1 | 2;
  readonly sampleRate: number;
  readonly nMels: number;
  readonly fMinHz: number;
  readonly fMaxHz: number;
}

type LogMelPrefix = BandPrefix & Pick<NnAudioSpec, "randomMel">;
type DecibelPrefix = BandPrefix & Pick<FastAudioSpec, "filter" | "limits" | "decibels">;

export function trainableOf(setting: Setting): { readonly stft: boolean; readonly mel: boolean } {
  return { stft: setting === "C" || setting === "D", mel: setting === "B" || setting === "D" };
}

export function settingOf(trainable: { readonly stft: boolean; readonly mel: boolean }): Setting {
  if (trainable.stft) return trainable.mel ? "D" : "C";
  return trainable.mel ? "B" : "A";
}

/** How far a clip can be transformed before the first step that is trained or depends on other clips. */
export function frozenPrefix(spec: FrontendSpec): Representation {
  if (spec.trainable.stft) return "waveform";
  switch (spec.kind) {
    case "nnaudio":
      return spec.trainable.mel ? spectrumOf(spec) : "logmel";
    case "fastaudio": {
      const { topDb, loudestOf } = spec.decibels;
      const varies = spec.paramRandFactor !== 0 || (topDb !== null && loudestOf === "batch");
      return spec.trainable.mel || varies ? spectrumOf(spec) : "decibels";
    }
    default:
      throw spec satisfies never;
  }
}

/** What the filters see. */
export function spectrumOf({ power }: Pick<FrontendSpec, "power">): "power" | "magnitude" {
  return power === 1 ? "magnitude" : "power";
}

export function prefixSpec(spec: FrontendSpec): PrefixSpec {
  const representation = frozenPrefix(spec);
  if (representation === "waveform") return { representation };
  const { nFft, hopSamples, mask, sampleRate, power, nMels, fMinHz, fMaxHz } = spec;
  const spectrum = { nFft, hopSamples, powerEpsilon: powerEpsilonOf(spec), mask };
  if (representation === "power" || representation === "magnitude") return { representation, ...spectrum };
  const bands = { ...spectrum, sampleRate, power, nMels, fMinHz, fMaxHz };
  switch (spec.kind) {
    case "nnaudio":
      return { representation: "logmel", ...bands, randomMel: spec.randomMel };
    case "fastaudio": {
      const { filter, limits, decibels } = spec;
      return { representation: "decibels", ...bands, filter, limits, decibels };
    }
    default:
      throw spec satisfies never;
  }
}

/** Shape of one clip of `samples` samples after the prefix. */
export function prefixShape(prefix: PrefixSpec, samples: number): readonly number[] {
  const along = prefix.representation === "waveform" ? samples : frameCount(samples, prefix);
  return openPrefixShape(prefix).map((size) => size ?? along);
}

/** The same for clips of any length: `null` is the axis of time. */
export function openPrefixShape(prefix: PrefixSpec): readonly (number | null)[] {
  switch (prefix.representation) {
    case "waveform":
      return [null];
    case "power":
    case "magnitude":
      return [null, binCount(prefix.nFft)];
    case "logmel":
    case "decibels":
      return [prefix.nMels, null];
    default:
      prefix satisfies never;
      throw new Error(`Unknown prefix ${JSON.stringify(prefix)}`);
  }
}

/** What is added to the power of every bin. */
export function powerEpsilonOf(spec: FrontendSpec): number {
  if (spec.powerEpsilon !== "original") return spec.powerEpsilon;
  return spec.trainable.stft ? TRAINED_POWER_EPSILON : 0;
}

const TRAINED_POWER_EPSILON = 1e-8; // nnAudio's guard under the root of a trained STFT: sqrt has no slope at 0
