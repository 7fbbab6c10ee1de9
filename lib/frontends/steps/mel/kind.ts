/** A Mel matrix: filters whose every weight may be trained. */
import { z } from "zod";
import { binFrequencies, binsOf } from "../../../audio/bins.ts";
import { gammatoneFilters } from "../../../audio/gammatone.ts";
import { MEL_SCALES, melCorners, melFilters } from "../../../audio/mel_scale.ts";
import { Rng } from "../../../base/random.ts";
import type { Parsed } from "../../../base/record.ts";
import type { StepKind } from "../../contract.ts";
import { bandsOf } from "../bank.ts";
import { spacing } from "../spacing.ts";

const schema = z.strictObject({
  step: z.literal("mel"),
  trained: z.boolean(),
  module: z.string().default("mel"),
  sample_rate: z.number().positive(),
  n_fft: z.int().min(2),
  n_mels: z.int().min(1),
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
  /** Not null: the matrix starts as rectified noise drawn from this seed, whether it is trained or not. */
  random: z.strictObject({ seed: z.int().min(0) }).nullable(),
  /** Where the matrix starts, if not from noise. */
  filters: z.enum(["mel", "gammatone"]).default("mel"),
  scale: z.enum(MEL_SCALES).default("slaney"),
  norm: z.enum(["slaney", "none"]).default("slaney"),
  slopes: z.enum(["hz", "mel"]).default("hz"),
  bins: spacing,
  /** Behind the bins is the frames' energy, which becomes the last band. */
  energy: z.boolean().default(false),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  schema,
  output: (values, input) => bandsOf("mel", values, input),
  tensors: (values) => [{
    name: `${values.module}.mel_basis`,
    shape: [values.nMels, binsOf(values)],
    role: "parameter",
    group: "mel",
    trainable: values.trained,
    init: () => initialMelBasis(values),
  }],
  variesWithBatch: () => false,
  levels: false,
  ofTraining: [],
  ofStart: ["random", "filters", "scale", "norm", "slopes"],
  coverage(values) {
    if (values.random !== null || values.filters === "gammatone") return null; // gammatones are never quite 0
    const corners = melCorners(values);
    const hz = binFrequencies(values);
    return {
      bands: values.nMels,
      bins: hz.length,
      hears: (band, bin) => corners[band]! < hz[bin]! && hz[bin]! < corners[band + 2]!,
    };
  },
  trainedSeconds: 0.0003,
  plain: (values) =>
    values.energy
      ? undefined
      : { does: "filter", bank: { weights: initialMelBasis(values), bands: values.nMels } },
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};

/**
 * Mel or gammatone filters, or the positive part of noise that is uniform within `sqrt(6 / bins)`: kaiming_uniform's bound
 * (He et al. 2015). The same seed gives the same matrix in every setting.
 *
 * @returns `[nMels, bins]` row by row.
 */
export function initialMelBasis(values: Values): Float32Array {
  if (values.random === null) return values.filters === "mel" ? melFilters(values) : gammatoneFilters(values);
  const bins = binsOf(values);
  const bound = Math.sqrt(6 / bins);
  const rng = Rng.fromSeed(values.random.seed).fork("mel_basis");
  return Float32Array.from({ length: values.nMels * bins }, () => Math.max(0, rng.uniform(-bound, bound)));
}
