/** LEAF: complex Gabor filters, squared modulus, Gaussian pooling, per-channel energy normalisation. */
import { z } from "zod";
import { melGaborBands } from "../../audio/gabor.ts";
import type { Problem } from "../../base/kinds.ts";
import type { FrontendContext, FrontendKind } from "../contract.ts";

const schema = z.strictObject({
  kind: z.literal("leaf"),
  n_mels: z.int().min(1).max(128),
  taps: z.int().min(3).max(4097),
  hop_samples: z.int().min(1).max(4096),
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
  start: z.enum(["mel", "analytic"]),
  frames: z.enum(["tensorflow", "centred"]),
  floor: z.number().min(0).max(1),
  cut: z.number().positive().max(0.1),
  exact: z.boolean(),
});

type Config = z.output<typeof schema>;

export const kind: FrontendKind<Config> = {
  schema,
  parts: { filters: "Gabor filters", pooling: "pooling windows" },
  settings: { A: [], B: ["pooling"], C: ["filters"], D: ["filters", "pooling"] },
  check,
  steps(config, context) {
    const { kind: _kind, exact, cut, ...values } = config;
    const { kind: compression, ...compressed } = context.compression;
    const parts = ["filters", "pooling"].filter((part) => context.trained.includes(part));
    return [
      {
        step: "gabor",
        trained: parts.length > 0,
        module: "filterbank",
        sample_rate: context.sampleRate,
        ...values,
        cut: exact ? 0 : cut,
        ...(parts.length > 0 && { parts }),
      },
      { step: compression, trained: false, ...compressed },
    ];
  },
  bands: ({ n_mels }) => n_mels,
  variant({ start, frames, exact }) {
    return {
      values: {
        "frontend.start": start === "mel" ? null : start,
        "frontend.frames": frames === "centred" ? null : frames,
        "frontend.exact": exact ? true : null,
      },
      words: [
        ...(start === "mel" ? [] : [start]),
        ...(frames === "centred" ? [] : [frames]),
        ...(exact ? ["exact"] : []),
      ],
    };
  },
};

function check(config: Config, { sampleRate, clipSamples }: FrontendContext): Problem[] {
  const { n_mels, taps, hop_samples, f_min_hz, f_max_hz, start, frames } = config;
  const problems: Problem[] = [];
  const add = (key: keyof Config, message: string) => problems.push({ path: ["frontend", key], message });
  const fits = f_min_hz < f_max_hz && f_max_hz <= sampleRate / 2;
  if (!fits) {
    add(
      "f_max_hz",
      `wanted f_min_hz < f_max_hz <= ${
        sampleRate / 2
      } (half the sample rate), found ${f_min_hz} and ${f_max_hz}`,
    );
  }
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
  if (fits && start === "mel") {
    try {
      melGaborBands({ sampleRate, nMels: n_mels, fMinHz: f_min_hz, fMaxHz: f_max_hz });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      add("start", `${error.message}; wanted analytic, or fewer bands (n_mels: ${n_mels})`);
    }
  }
  return problems;
}
