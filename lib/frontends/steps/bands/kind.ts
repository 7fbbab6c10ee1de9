/** Filters given by centres and widths: fastaudio's trainable filter bank. */
import { z } from "zod";
import { binShares } from "../../../audio/bins.ts";
import { initialBands, widthLimits } from "../../../audio/band_filters.ts";
import type { Parsed } from "../../../base/record.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { StepKind } from "../../contract.ts";
import { bandsOf } from "../bank.ts";
import { spacing } from "../spacing.ts";

const schema = z.strictObject({
  step: z.literal("bands"),
  trained: z.boolean(),
  module: z.string().default("bands"),
  sample_rate: z.number().positive(),
  n_fft: z.int().min(2),
  n_mels: z.int().min(1),
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
  filter: z.enum(["triangular", "gaussian", "rectangular"]),
  limits: z.enum(["scaled", "original"]),
  /** Sorts centres and widths, each by itself, before the filters are made of them. */
  sort: z.boolean(),
  /** How fast centres and widths move for the same learning rate; their values stay the same. */
  param_change_factor: z.number().positive().default(1),
  /** In training all centres, and all widths, are scaled by a random factor within this distance of 1. */
  param_rand_factor: z.number().min(0).lt(1).default(0),
  bins: spacing,
});

export type Values = Parsed<typeof schema>;

/**
 * Centres and widths are kept in units of the sample rate, divided by `param_change_factor`: a step of the same size
 * then moves them by so much more.
 */
export const kind: StepKind<Values> = {
  schema,
  output: (values, input) => bandsOf("bands", values, input),
  tensors(values) {
    const parameter = (last: string, initial: () => Float32Array): TensorSpec => ({
      name: `${values.module}.${last}`,
      shape: [values.nMels],
      role: "parameter",
      group: "mel",
      trainable: values.trained,
      init: () => initial().map((value) => value / values.paramChangeFactor),
    });
    return [
      parameter("f_central", () => initialBands(values).centres),
      parameter("band", () => initialBands(values).widths),
    ];
  },
  variesWithBatch: ({ paramRandFactor }) => paramRandFactor !== 0,
  levels: false,
  ofTraining: ["param_change_factor", "param_rand_factor"],
  ofStart: [],
  coverage(values) {
    if (values.filter === "gaussian") return null; // never quite 0
    const { centres, widths } = initialBands(values);
    const [least, most] = widthLimits(values.limits, values);
    const limited = widths.map((width) => Math.min(most, Math.max(least, width)));
    const frequencies = binShares(values);
    return {
      bands: values.nMels,
      bins: frequencies.length,
      hears(band, bin) {
        const distance = Math.abs(frequencies[bin]! - centres[band]!);
        return values.filter === "rectangular" ? distance <= limited[band]! : distance < limited[band]!;
      },
    };
  },
  trainedSeconds: 0.0003,
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};
