/** LEAF: complex Gabor filters, squared modulus, Gaussian pooling, per-channel energy normalisation. */
import { z } from "zod";
import { melGaborBands } from "../../audio/gabor.ts";
import type { Problem } from "../../base/kinds.ts";
import type { FrontendContext, FrontendKind } from "../contract.ts";
import { compressionStep } from "../parts.ts";
import { POOLED_SETTINGS } from "../pooled_front_end.ts";
import { rangeProblems } from "../frequency_range.ts";
import { normalisation, normalisationSteps } from "../spectrogram.ts";
import { GABOR_PARTS } from "../steps/gabor/kind.ts";

const schema = z.strictObject({
  kind: z.literal("leaf"),
  n_mels: z.int().min(1).max(128),
  /** With fewer than 5 the limits of widths would cross. */
  taps: z.int().min(5).max(4097),
  hop_samples: z.int().min(1).max(4096),
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
  start: z.enum(["mel_bins", "analytic"]),
  frames: z.enum(["tensorflow", "centred"]),
  floor: z.number().min(0).max(1),
  cut: z.number().positive().max(0.1),
  exact: z.boolean(),
  normalise: normalisation,
});

type Config = z.output<typeof schema>;

export const kind: FrontendKind<Config> = {
  schema,
  parts: { filters: "Gabor filters", pooling: "pooling windows" },
  settings: POOLED_SETTINGS,
  settingsOfCompression: ["B", "D"],
  check,
  steps(config, context) {
    const { n_mels, taps, hop_samples, f_min_hz, f_max_hz, start, frames, floor, exact, cut, normalise } =
      config;
    const parts = GABOR_PARTS.filter((part) => context.trained.includes(part));
    return [
      {
        step: "gabor",
        trained: parts.length > 0,
        module: "filterbank",
        sample_rate: context.sampleRate,
        n_mels,
        taps,
        hop_samples,
        frames,
        cut: exact ? 0 : cut,
        floor,
        start,
        f_min_hz,
        f_max_hz,
        ...(parts.length > 0 && { parts }),
      },
      compressionStep(context),
      ...normalisationSteps(normalise),
    ];
  },
  bands: ({ n_mels }) => n_mels,
  variant({ start, frames, exact }) {
    return {
      values: {
        "frontend.start": start === "mel_bins" ? null : start,
        "frontend.frames": frames === "centred" ? null : frames,
        "frontend.exact": exact ? true : null,
      },
      words: [
        ...(start === "mel_bins" ? [] : [start]),
        ...(frames === "centred" ? [] : [frames]),
        ...(exact ? ["exact"] : []),
      ],
    };
  },
};

function check(config: Config, context: FrontendContext): Problem[] {
  const { sampleRate, clipSamples } = context;
  const { n_mels, taps, hop_samples, f_min_hz, f_max_hz, start, frames } = config;
  const problems = rangeProblems(config, context);
  const add = (key: keyof Config, message: string) => problems.push({ path: ["frontend", key], message });
  const fits = problems.length === 0;
  if (taps % 2 === 0) add("taps", `wanted an odd number, found ${taps}`);
  if (hop_samples > taps) add("hop_samples", `wanted at most taps = ${taps}, found ${hop_samples}`);
  if (clipSamples !== null && taps > clipSamples) {
    add("taps", `wanted at most the clip's ${clipSamples} samples, found ${taps}`);
  }
  if (clipSamples === null && frames === "tensorflow") {
    add(
      "frames",
      `tensorflow places frames by a clip's length, and clips here differ in length (data of sentences); wanted centred`,
    );
  }
  if (fits && start === "mel_bins") {
    try {
      melGaborBands({ sampleRate, nMels: n_mels, fMinHz: f_min_hz, fMaxHz: f_max_hz });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      add("start", `${error.message}; wanted analytic, or fewer bands (n_mels: ${n_mels})`);
    }
  }
  return problems;
}
