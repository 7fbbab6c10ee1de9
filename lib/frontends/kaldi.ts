/**
 * What Kaldi's features share (`feature-fbank.cc`, `feature-mfcc.cc`): frames within the clip, each without its mean,
 * preemphasised, under a symmetric window and filled up with zeros; triangles that are straight over HTK's Mel; energies of
 * 16-bit samples. Without dither.
 */
import { z } from "zod";
import { binCount, type Framing, leastSamples } from "../audio/framing.ts";
import { WINDOWS } from "../audio/windows.ts";
import type { Problem } from "../base/kinds.ts";
import type { FrontendContext, StepSpec } from "./contract.ts";
import { compressionStep } from "./parts.ts";
import { rangeProblems } from "./frequency_range.ts";
import { maskProblems, normalisationSteps, spectrogram, trains } from "./spectrogram.ts";

const SAMPLE_SCALE = 32768; // of the integers that Kaldi reads

export const kaldi = {
  /** Samples of a frame. */
  win_length: z.int().min(16).max(4096),
  hop_samples: spectrogram.hop_samples,
  /** Length of the transform; Kaldi's is the next power of two. */
  n_fft: spectrogram.n_fft,
  window: z.enum(WINDOWS),
  preemphasis: z.number().min(0).max(1),
  /** Each frame's mean is taken off. */
  remove_dc: z.boolean(),
  /** Frames lie within the clip; else there is one for each hop, and the clip is continued backwards. */
  snip_edges: z.boolean(),
  n_mels: spectrogram.n_mels,
  f_min_hz: spectrogram.f_min_hz,
  f_max_hz: spectrogram.f_max_hz,
  mask: spectrogram.mask,
  normalise: spectrogram.normalise,
};

const schema = z.object(kaldi);
type KaldiConfig = z.output<typeof schema>;

/**
 * @param energy Whether frames' energies become the last band.
 * @param behind Steps between the compression and what only levels values out.
 */
export function kaldiSteps(
  config: KaldiConfig,
  context: FrontendContext,
  energy: boolean,
  behind: readonly StepSpec[],
): StepSpec[] {
  const { win_length, n_fft, hop_samples, window, preemphasis, remove_dc, n_mels, f_min_hz, f_max_hz } =
    config;
  const stft = {
    step: "stft",
    trained: trains(context, "stft"),
    module: "mel_layer.stft",
    n_fft,
    hop_samples,
    power_epsilon: 0,
    frame_samples: win_length,
    padding: framingOf(config).padding,
    window,
    periodic: false,
    conditioning: { scale: SAMPLE_SCALE, remove_dc, preemphasis, energy },
  };
  const mel = {
    step: "mel",
    trained: trains(context, "mel"),
    module: "mel_layer",
    sample_rate: context.sampleRate,
    n_fft,
    n_mels,
    f_min_hz,
    f_max_hz,
    random: null,
    scale: "htk",
    norm: "none",
    slopes: "mel",
    ...(energy ? { energy } : {}),
  };
  return [
    stft,
    ...(config.mask === null ? [] : [{ step: "mask", trained: false, ...config.mask }]),
    mel,
    compressionStep(context),
    ...behind,
    ...normalisationSteps(config.normalise),
  ];
}

export function kaldiProblems(config: KaldiConfig, context: FrontendContext): Problem[] {
  const { win_length, hop_samples, n_fft } = config;
  const { clipSamples } = context;
  const problems = [
    ...rangeProblems(config, context),
    ...maskProblems(config, binCount(n_fft), `n_fft = ${n_fft}`),
  ];
  const add = (key: keyof KaldiConfig, message: string) =>
    problems.push({ path: ["frontend", key], message });
  if (hop_samples > win_length) {
    add("hop_samples", `wanted at most win_length = ${win_length}, found ${hop_samples}`);
  }
  if (n_fft % 2 === 1) add("n_fft", `wanted an even number, found ${n_fft}`);
  if (n_fft < win_length) add("n_fft", `wanted at least win_length = ${win_length}, found ${n_fft}`);
  if (clipSamples !== null && leastSamples(framingOf(config)) > clipSamples) {
    add("win_length", `wanted at most the clip's ${clipSamples} samples, found ${win_length}`);
  }
  return problems;
}

function framingOf({ win_length, hop_samples, snip_edges }: KaldiConfig): Framing {
  return { frameSamples: win_length, hopSamples: hop_samples, padding: snip_edges ? "within" : "repeat" };
}
