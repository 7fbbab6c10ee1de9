/** From a wave to pooled energies of complex Gabor filters: LEAF without its compression. */
import { z } from "zod";
import { analyticGaborBands, gaborFrameCount, INITIAL_POOLING, melGaborBands } from "../../../audio/gabor.ts";
import type { Parsed } from "../../../base/record.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { StepKind } from "../../contract.ts";

export const GABOR_PARTS = ["filters", "pooling"] as const;

const schema = z.strictObject({
  step: z.literal("gabor"),
  trained: z.boolean(),
  module: z.string().default("filterbank"),
  sample_rate: z.number().positive(),
  n_mels: z.int().min(1),
  /** Of filters and pooling windows; odd. */
  taps: z.int().min(3),
  hop_samples: z.int().min(1),
  frames: z.enum(["tensorflow", "centred"]),
  /** What of a filter's spectrum may be left out, as a share of its peak; 0: nothing. */
  cut: z.number().min(0).lt(1),
  /** Energies are at least this. */
  floor: z.number().min(0),
  start: z.enum(["mel_bins", "analytic"]),
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
  /** Which tensors training changes. */
  parts: z.array(z.enum(GABOR_PARTS)).default([]),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  schema,
  output({ nMels }, input) {
    sizesOf("gabor", input, ["time"]);
    return {
      name: "gabor",
      axes: [{ name: "band", size: nMels }, { name: "time", size: null }],
      unit: "energy",
      range: null,
    };
  },
  tensors(values) {
    const { module, nMels, parts, start } = values;
    const parameter = (
      last: string,
      part: typeof GABOR_PARTS[number],
      init: () => Float32Array,
    ): TensorSpec => ({
      name: `${module}.${last}`,
      shape: [nMels],
      role: "parameter",
      group: part,
      trainable: parts.includes(part),
      init,
    });
    const bands = () => start === "mel_bins" ? melGaborBands(values) : analyticGaborBands(values);
    return [
      parameter("center_freqs", "filters", () => bands().centres),
      parameter("bandwidths", "filters", () => bands().widths),
      parameter("pooling_widths", "pooling", () => new Float32Array(nMels).fill(INITIAL_POOLING)),
    ];
  },
  variesWithBatch: () => false,
  levels: false,
  framing: ({ taps, hopSamples, frames }) => ({
    frames: (samples) => samples < taps ? 0 : gaborFrameCount(samples, { taps, hopSamples, frames }),
    hopSamples,
    beyond: { samples: 0, are: "zeros" },
  }),
  ofTraining: ["parts"],
  ofStart: ["start", "f_min_hz", "f_max_hz"],
  trainedSeconds: 0.001,
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};
