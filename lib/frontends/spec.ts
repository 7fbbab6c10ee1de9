/** What a front-end is and where training starts in it. Pure: planning a run needs this and no numeric library. */
import { binCount, frameCount } from "../audio/framing.ts";
import type { Representation } from "../nn/types.ts";

export interface NnAudioSpec {
  readonly kind: "nnaudio";
  readonly sampleRate: number;
  readonly nFft: number;
  readonly hopSamples: number;
  readonly nMels: number;
  readonly fMinHz: number;
  readonly fMaxHz: number;
  readonly trainable: { readonly stft: boolean; readonly mel: boolean };
  /**
   * Added to the power of every bin. `original`: 1e-8 when the STFT is trained and 0 when it is not, so that on
   * silence the two differ by 1.4 in log-mel, as in the original code.
   */
  readonly powerEpsilon: "original" | number;
  /** `batch`: each Mel band is normalised by batch norm without parameters, after the log. */
  readonly normalise: "none" | "batch";
}

/** All front-ends, told apart by `kind`. */
export type FrontendSpec = NnAudioSpec;

/** Which parts are trained: A nothing, B the Mel filters, C the STFT kernels, D both. */
export type Setting = "A" | "B" | "C" | "D";

/** What the frozen prefix depends on and nothing else: equal values mean equal features. */
export type PrefixSpec =
  | { readonly representation: "waveform" }
  | ({ readonly representation: "power" } & PowerPrefix)
  | ({ readonly representation: "logmel" } & PowerPrefix & MelPrefix);

interface PowerPrefix {
  readonly kind: "nnaudio";
  readonly nFft: number;
  readonly hopSamples: number;
  readonly powerEpsilon: number;
}

interface MelPrefix {
  readonly sampleRate: number;
  readonly nMels: number;
  readonly fMinHz: number;
  readonly fMaxHz: number;
}

export function trainableOf(setting: Setting): { readonly stft: boolean; readonly mel: boolean } {
  return { stft: setting === "C" || setting === "D", mel: setting === "B" || setting === "D" };
}

export function settingOf(trainable: { readonly stft: boolean; readonly mel: boolean }): Setting {
  if (trainable.stft) return trainable.mel ? "D" : "C";
  return trainable.mel ? "B" : "A";
}

/** How far a clip can be transformed before the first step that is trained. */
export function frozenPrefix(spec: FrontendSpec): Representation {
  if (spec.trainable.stft) return "waveform";
  return spec.trainable.mel ? "power" : "logmel";
}

export function prefixSpec(spec: FrontendSpec): PrefixSpec {
  const { kind, nFft, hopSamples, sampleRate, nMels, fMinHz, fMaxHz } = spec;
  const power = { kind, nFft, hopSamples, powerEpsilon: powerEpsilonOf(spec) };
  const representation = frozenPrefix(spec);
  switch (representation) {
    case "waveform":
      return { representation };
    case "power":
      return { representation, ...power };
    case "logmel":
      return { representation, ...power, sampleRate, nMels, fMinHz, fMaxHz };
    default:
      representation satisfies never;
      throw new Error(`Unknown representation ${JSON.stringify(representation)}`);
  }
}

/** Shape of one clip of `samples` samples after the prefix. */
export function prefixShape(prefix: PrefixSpec, samples: number): readonly number[] {
  switch (prefix.representation) {
    case "waveform":
      return [samples];
    case "power":
      return [frameCount(samples, prefix), binCount(prefix.nFft)];
    case "logmel":
      return [prefix.nMels, frameCount(samples, prefix)];
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
