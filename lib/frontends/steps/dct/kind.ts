/** Cepstral coefficients: a cosine transform over bands, whose every weight may be trained. */
import { z } from "zod";
import { cepstrumBasis } from "../../../audio/cepstrum.ts";
import type { Parsed } from "../../../base/record.ts";
import { describe, type Representation } from "../../../nn/representation.ts";
import type { StepKind } from "../../contract.ts";

const schema = z.strictObject({
  step: z.literal("dct"),
  trained: z.boolean(),
  module: z.string().default("dct"),
  n_mfcc: z.int().min(1),
  /** 0: coefficients are as they are. */
  lifter: z.number().min(0),
  lifter_from: z.union([z.literal(0), z.literal(1)]),
  /** The last band is the logarithm of frames' energy, which takes the place of the first coefficient. */
  energy: z.boolean().default(false),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  schema,
  output(values, input) {
    bandsOf(values, input);
    const axes = input.axes.with(-2, { name: "band", size: values.nMfcc });
    return { name: "cepstrum", axes, unit: `cepstrum of ${input.unit}`, range: null };
  },
  tensors(values, input) {
    const bands = bandsOf(values, input);
    return [{
      name: `${values.module}.dct_basis`,
      shape: [values.nMfcc, bands],
      role: "parameter",
      group: "dct",
      trainable: values.trained,
      init: () => initialBasis(values, bands),
    }];
  },
  variesWithBatch: () => false,
  levels: false,
  ofTraining: [],
  ofStart: ["lifter", "lifter_from"],
  trainedSeconds: 0.0003,
  layer: () => import("./layer.ts"),
};

/** @throws {RangeError} If there are no bands, or too few. */
function bandsOf({ nMfcc, energy }: Values, input: Representation): number {
  const [band, time] = input.axes.slice(-2);
  const bands = band?.size ?? 0;
  const least = nMfcc + (energy ? 1 : 0);
  if (band?.name === "band" && time?.name === "time" && bands >= least) return bands;
  throw new RangeError(
    `Cannot make ${nMfcc} cepstral coefficients of ${
      describe(input)
    }: wanted at least ${least} bands, over time`,
  );
}

/** @returns `[nMfcc, bands]` row by row. */
function initialBasis({ nMfcc, lifter, lifterFrom, energy }: Values, bands: number): Float32Array {
  const transform = (count: number) =>
    cepstrumBasis({ bands: count, coefficients: nMfcc, lifter, lifterFrom });
  if (!energy) return transform(bands);
  const ofBands = transform(bands - 1);
  return Float32Array.from({ length: nMfcc * bands }, (_, i) => {
    const [row, column] = [Math.floor(i / bands), i % bands];
    if (column === bands - 1) return row === 0 ? 1 : 0;
    return row === 0 ? 0 : ofBands[row * (bands - 1) + column]!;
  });
}
