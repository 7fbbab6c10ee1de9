/** What front-ends share that see a spectrogram through a bank of filters: values, checks, the steps around the bank. */
import { z } from "zod";
import { binsOf, type BinSpacing } from "../audio/bins.ts";
import { type Framing, leastSamples } from "../audio/framing.ts";
import { WINDOWS } from "../audio/windows.ts";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import { toFile } from "../base/record.ts";
import type { FrontendContext, Setting, StepSpec } from "./contract.ts";
import { rangeProblems } from "./frequency_range.ts";
import { compressionStep } from "./parts.ts";
import { spacing } from "./steps/spacing.ts";

/** Null: the bins of the DFT. Else those from `f_min_hz` up to `f_max_hz`, evenly spaced, or by their logarithms. */
const FREQ_SCALES = { no: null, linear: { isLog: false }, log: { isLog: true } } as const;
type FreqScale = keyof typeof FREQ_SCALES;

/**
 * After the compression. `batch`: each band is normalised by batch norm without parameters. `clip_mean`: each band's mean
 * over the frames of its clip is taken off.
 */
export const normalisation = z.enum(["none", "batch", "clip_mean"]);

export const spectrogram = {
  n_fft: z.int().min(16).max(4096),
  hop_samples: z.int().min(1).max(4096),
  window: z.enum(WINDOWS).default("hann"),
  /** In the middle of a frame of `n_fft`; null: as long. */
  win_length: z.int().min(2).max(4096).nullable().default(null),
  freq_scale: z.enum(Object.keys(FREQ_SCALES) as FreqScale[]).default("no"),
  /** Null: as many as the DFT has. */
  freq_bins: z.int().min(8).max(4096).nullable().default(null),
  /** Frames are centred at every hop, the clip being extended at both ends; or lie within the clip. */
  center: z.boolean().default(true),
  pad_mode: z.enum(["reflect", "constant"]).default("reflect"),
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
export function trains({ trained }: FrontendContext, part: string): boolean {
  return trained.includes(part);
}

export const PARTS_OF_SETTINGS: Readonly<Record<Setting, readonly string[]>> = {
  A: [],
  B: ["mel"],
  C: ["stft"],
  D: ["stft", "mel"],
};

const TRAINED_POWER_EPSILON = 1e-8; // nnAudio's guard under the root of a trained STFT: sqrt has no slope at 0

/**
 * @param bank The step between spectrum and compression. @param module Where the original's module keeps kernels.
 * @param behind Steps between the compression and what only levels values out.
 */
export function spectrogramSteps(
  config: SpectrogramConfig,
  context: FrontendContext,
  bank: StepSpec,
  module: string,
  behind: readonly StepSpec[] = [],
): StepSpec[] {
  const { n_fft, hop_samples, window, win_length, power_epsilon: epsilon, power, mask, normalise } = config;
  const stft = trains(context, "stft");
  const power_epsilon = epsilon === "original" ? (stft ? TRAINED_POWER_EPSILON : 0) : epsilon;
  const spaced = spacingOf(config);
  const transform = unlike({ window: "hann", win_length: null, padding: "reflect" }, {
    window,
    win_length: win_length === n_fft ? null : win_length,
    padding: framingOf(config).padding,
  });
  return [
    {
      step: "stft",
      trained: stft,
      module,
      n_fft,
      hop_samples,
      power_epsilon,
      ...transform,
      ...(spaced === null ? {} : { sample_rate: context.sampleRate, bins: toFile(spacing, spaced) }),
    },
    ...(power === 1 ? [{ step: "magnitude", trained: false }] : []),
    ...(mask === null ? [] : [{ step: "mask", trained: false, ...mask }]),
    bank,
    compressionStep(context),
    ...behind,
    ...normalisationSteps(normalise),
  ];
}

/** What is not as it is unless a step is told otherwise: the rest goes without saying. */
export function unlike(usual: JsonObject, values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== usual[key]));
}

function framingOf({ n_fft, hop_samples, center, pad_mode }: SpectrogramConfig): Framing {
  return { frameSamples: n_fft, hopSamples: hop_samples, padding: center ? pad_mode : "within" };
}

/** Null: the bins of the DFT. */
function spacingOf(
  { n_fft, freq_scale, freq_bins, f_min_hz, f_max_hz }: SpectrogramConfig,
): BinSpacing | null {
  const scale = FREQ_SCALES[freq_scale];
  if (scale === null) return null;
  const count = freq_bins ?? binsOf({ nFft: n_fft, bins: null });
  return { ...scale, count, fMinHz: f_min_hz, fMaxHz: f_max_hz };
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
  config: SpectrogramConfig,
  context: FrontendContext,
): { readonly trained: boolean } & JsonObject {
  const { n_fft, n_mels, f_min_hz, f_max_hz } = config;
  const trained = trains(context, "mel");
  const spaced = spacingOf(config);
  return {
    trained,
    sample_rate: context.sampleRate,
    n_fft,
    n_mels,
    f_min_hz,
    f_max_hz,
    ...(spaced === null ? {} : { bins: toFile(spacing, spaced) }),
  };
}

export function spectrogramProblems(
  config: SpectrogramConfig,
  context: FrontendContext,
): Problem[] {
  const { clipSamples } = context;
  const { n_fft, hop_samples, win_length, freq_scale, freq_bins, f_min_hz, power, power_epsilon } = config;
  const problems: Problem[] = [...rangeProblems(config, context)];
  const add = (key: keyof SpectrogramConfig, message: string) =>
    problems.push({ path: ["frontend", key], message });
  if (hop_samples > n_fft) add("hop_samples", `wanted at most n_fft = ${n_fft}, found ${hop_samples}`);
  if (n_fft % 2 === 1) add("n_fft", `wanted an even number, found ${n_fft}`);
  if (win_length !== null && win_length > n_fft) {
    add("win_length", `wanted at most n_fft = ${n_fft}, found ${win_length}`);
  }
  const framing = framingOf(config);
  if (clipSamples !== null && leastSamples(framing) > clipSamples) {
    add(
      "n_fft",
      framing.padding === "within"
        ? `frames lie within the clip (center: false); wanted at most its ${clipSamples} samples, found ${n_fft}`
        : `wanted less than twice the clip's ${clipSamples} samples, found ${n_fft}`,
    );
  }
  if (freq_scale === "no" && freq_bins !== null) {
    add(
      "freq_bins",
      `freq_scale: no has the bins of n_fft = ${n_fft}; wanted null, or freq_scale linear or log, found ${freq_bins}`,
    );
  }
  const spaced = spacingOf(config);
  if (spaced?.isLog === true && f_min_hz === 0) {
    add(
      "freq_scale",
      `log bins start above 0 Hz; wanted no or linear, or f_min_hz above 0, found ${freq_scale} and f_min_hz 0`,
    );
  }
  const whose = spaced === null ? `n_fft = ${n_fft}` : `freq_scale ${freq_scale}`;
  problems.push(...maskProblems(config, binsOf({ nFft: n_fft, bins: spaced }), whose));
  if (power === 1 && trains(context, "stft") && power_epsilon === 0) {
    add(
      "power_epsilon",
      `the STFT is trained through a magnitude, whose slope is infinite at 0; wanted original, a number above 0, or ` +
        `power: 2`,
    );
  }
  return problems;
}

/** @param whose What decides the number of bins. */
export function maskProblems(
  { mask }: Pick<SpectrogramConfig, "mask">,
  bins: number,
  whose: string,
): Problem[] {
  if (mask === null || mask.start < mask.end && mask.end <= bins) return [];
  const wanted = `start < end <= ${bins} (the bins of ${whose})`;
  return [{ path: ["frontend", "mask"], message: `wanted ${wanted}, found ${mask.start} and ${mask.end}` }];
}

/** The magnitude is what the original's mask-out variant and fastaudio give their logs. */
export function spectrogramNotEnergies({ power }: SpectrogramConfig): { what: string; key: string } | null {
  return power === 1 ? { what: "magnitudes", key: "power" } : null;
}

/** What sets a run apart besides its number of bands. */
export function spectrogramVariant({ mask }: Pick<SpectrogramConfig, "mask">): {
  readonly values: JsonObject;
  readonly words: readonly string[];
} {
  if (mask === null) return { values: { "frontend.mask": null }, words: [] };
  const range = `${mask.start}-${mask.end}`;
  return { values: { "frontend.mask": range }, words: [`mask${range}`] };
}
