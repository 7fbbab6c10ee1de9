/** What front-ends share that see a spectrogram through a bank of filters: values, checks, the steps around the bank. */
import { z } from "zod";
import { binCount } from "../audio/framing.ts";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import type { FrontendContext, Setting, StepSpec } from "./contract.ts";
import { compressionStep } from "./parts.ts";

/**
 * After the compression. `batch`: each band is normalised by batch norm without parameters. `clip_mean`: each band's mean
 * over the frames of its clip is taken off.
 */
export const normalisation = z.enum(["none", "batch", "clip_mean"]);

export const spectrogram = {
  n_fft: z.int().min(16).max(4096),
  hop_samples: z.int().min(1).max(4096),
  n_mels: z.int().min(1).max(128),
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
  /**
   * Added to the power of every bin. `original`: 1e-8 when the STFT is trained and 0 when it is not, so that on
   * silence the two differ by 1.4 in log-mel, as in the original code.
   */
  power_epsilon: z.union([z.literal("original"), z.number().min(0).max(1)]),
  /** What the filters see: 1 the magnitude, 2 the power. */
  power: z.union([z.literal(1), z.literal(2)]),
  mask: z.strictObject({ start: z.int().min(0), end: z.int().min(1) }).nullable(),
  normalise: normalisation,
};

const schema = z.strictObject(spectrogram);
type SpectrogramConfig = z.output<typeof schema>;

/** `mel`: the bank, whatever it is made of. */
export const PARTS = { stft: "STFT kernels", mel: "Mel filters" } as const;

/** Whether training changes a part. */
export function trains({ trained }: FrontendContext, part: keyof typeof PARTS): boolean {
  return trained.includes(part);
}

export const PARTS_OF_SETTINGS: Readonly<Record<Setting, readonly string[]>> = {
  A: [],
  B: ["mel"],
  C: ["stft"],
  D: ["stft", "mel"],
};

const TRAINED_POWER_EPSILON = 1e-8; // nnAudio's guard under the root of a trained STFT: sqrt has no slope at 0

/** @param bank The step between spectrum and compression. @param module Where the original's module keeps kernels. */
export function spectrogramSteps(
  config: SpectrogramConfig,
  context: FrontendContext,
  bank: StepSpec,
  module: string,
): StepSpec[] {
  const { n_fft, hop_samples, power_epsilon: epsilon, power, mask, normalise } = config;
  const stft = trains(context, "stft");
  const power_epsilon = epsilon === "original" ? (stft ? TRAINED_POWER_EPSILON : 0) : epsilon;
  return [
    { step: "stft", trained: stft, module, n_fft, hop_samples, power_epsilon },
    ...(power === 1 ? [{ step: "magnitude", trained: false }] : []),
    ...(mask === null ? [] : [{ step: "mask", trained: false, ...mask }]),
    bank,
    compressionStep(context),
    ...normalisationSteps(normalise),
  ];
}

export function normalisationSteps(how: z.output<typeof normalisation>): readonly StepSpec[] {
  return NORMALISATIONS[how];
}

const NORMALISATIONS: Readonly<Record<z.output<typeof normalisation>, readonly StepSpec[]>> = {
  none: [],
  batch: [{ step: "batch_norm", trained: false, module: "mel_layer.norm" }],
  clip_mean: [{ step: "clip_mean", trained: false }],
};

/** What every bank of filters is placed by. */
export function placing(
  { n_fft, n_mels, f_min_hz, f_max_hz }: SpectrogramConfig,
  context: FrontendContext,
): { readonly trained: boolean } & JsonObject {
  const trained = trains(context, "mel");
  return { trained, sample_rate: context.sampleRate, n_fft, n_mels, f_min_hz, f_max_hz };
}

export function spectrogramProblems(
  config: SpectrogramConfig,
  context: FrontendContext,
): Problem[] {
  const { sampleRate, clipSamples } = context;
  const { n_fft, hop_samples, f_min_hz, f_max_hz, mask, power, power_epsilon } = config;
  const problems: Problem[] = [];
  const add = (key: keyof SpectrogramConfig, message: string) =>
    problems.push({ path: ["frontend", key], message });
  if (f_min_hz >= f_max_hz || f_max_hz > sampleRate / 2) {
    add(
      "f_max_hz",
      `wanted f_min_hz < f_max_hz <= ${
        sampleRate / 2
      } (half the sample rate), found ${f_min_hz} and ${f_max_hz}`,
    );
  }
  if (hop_samples > n_fft) add("hop_samples", `wanted at most n_fft = ${n_fft}, found ${hop_samples}`);
  if (n_fft % 2 === 1) add("n_fft", `wanted an even number, found ${n_fft}`);
  if (clipSamples !== null && n_fft / 2 >= clipSamples) {
    add("n_fft", `wanted less than twice the clip's ${clipSamples} samples, found ${n_fft}`);
  }
  const bins = binCount(n_fft);
  if (mask !== null && (mask.start >= mask.end || mask.end > bins)) {
    add(
      "mask",
      `wanted start < end <= ${bins} (the bins of n_fft = ${n_fft}), found ${mask.start} and ${mask.end}`,
    );
  }
  if (power === 1 && trains(context, "stft") && power_epsilon === 0) {
    add(
      "power_epsilon",
      `the STFT is trained through a magnitude, whose slope is infinite at 0; wanted original, a number above 0, or ` +
        `power: 2`,
    );
  }
  return problems;
}

/** The magnitude is what the original's mask-out variant and fastaudio give their logs. */
export function spectrogramNotEnergies({ power }: SpectrogramConfig): { what: string; key: string } | null {
  return power === 1 ? { what: "magnitudes", key: "power" } : null;
}

/** What sets a run apart besides its number of bands. */
export function spectrogramVariant({ mask }: SpectrogramConfig): {
  readonly values: JsonObject;
  readonly words: readonly string[];
} {
  if (mask === null) return { values: { "frontend.mask": null }, words: [] };
  const range = `${mask.start}-${mask.end}`;
  return { values: { "frontend.mask": range }, words: [`mask${range}`] };
}
