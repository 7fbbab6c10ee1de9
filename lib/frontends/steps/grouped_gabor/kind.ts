/** From a wave to pooled energies of complex Gabor filters in groups, each as coarse as it may be: EfficientLEAF. */
import { z } from "zod";
import { analyticGaborBands, INITIAL_POOLING } from "../../../audio/gabor.ts";
import type { Parsed } from "../../../base/record.ts";
import { constant } from "../../../nn/init.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { StepKind } from "../../contract.ts";
import { pooledFraming, pooledOutput, type PooledPart, pooledValues } from "../pooled_frames.ts";

const { taps: _taps, frames: _frames, ...shared } = pooledValues;

const schema = z.strictObject({
  step: z.literal("grouped_gabor"),
  module: z.string().default("filterbank"),
  sample_rate: z.number().positive(),
  ...shared,
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
  groups: z.int().min(1),
  taps_of_width: z.number().positive(),
  stride_factor: z.number().positive(),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  schema,
  output: (values, input) => pooledOutput("grouped_gabor", values, input, "energy"),
  // Named and shaped as in EfficientLEAF's PyTorch class.
  tensors(values) {
    const { module, nMels, parts } = values;
    const parameter = (last: string, group: PooledPart, init: () => Float32Array): TensorSpec => ({
      name: `${module}.${last}`,
      shape: [nMels],
      role: "parameter",
      group,
      trainable: parts.includes(group),
      init,
    });
    return [
      parameter("center_freqs", "filters", () => analyticGaborBands(values).centres),
      parameter("bandwidths", "filters", () => analyticGaborBands(values).widths),
      parameter("pooling_widths", "pooling", constant(INITIAL_POOLING, nMels)),
    ];
  },
  variesWithBatch: () => false,
  levels: false,
  framing: ({ hopSamples, poolSamples }) =>
    pooledFraming({ hopSamples, poolSamples, taps: poolSamples, frames: "centred" }),
  ofTraining: ["parts"],
  // Not where filters start: groups are of that.
  ofStart: [],
  trainedSeconds: 0.001,
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};
