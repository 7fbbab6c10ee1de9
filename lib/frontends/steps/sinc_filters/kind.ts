/** From a wave to frames of band-pass filters given by two frequencies: SincNet's, or SincNet+'s with Gaussian pooling. */
import { z } from "zod";
import { initialSincBands } from "../../../audio/sinc_bands.ts";
import type { Parsed } from "../../../base/record.ts";
import { constant } from "../../../nn/init.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { StepKind } from "../../contract.ts";
import { INITIAL_POOLING } from "../../../audio/gabor.ts";
import { pooledFraming, pooledOutput, type PooledPart, pooledValues } from "../pooled_frames.ts";

const schema = z.strictObject({
  step: z.literal("sinc_filters"),
  module: z.string().default("conv.0"),
  sample_rate: z.number().positive(),
  ...pooledValues,
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
  window: z.enum(["periodic", "mirrored"]),
  rectifier: z.enum(["leaky", "absolute"]),
  pooling: z.enum(["max", "gaussian"]),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  schema,
  output: (values, input) => pooledOutput("sinc_filters", values, input, "amplitude"),
  // Named and shaped as in SincNet's PyTorch class; its pooling has nothing to train.
  tensors(values) {
    const { module, nMels, parts, pooling } = values;
    const parameter = (
      last: string,
      group: PooledPart,
      shape: readonly number[],
      init: () => Float32Array,
    ): TensorSpec => ({
      name: `${module}.${last}`,
      shape,
      role: "parameter",
      group,
      trainable: parts.includes(group),
      init,
    });
    return [
      parameter("low_hz_", "filters", [nMels, 1], () => initialSincBands(values).lows),
      parameter("band_hz_", "filters", [nMels, 1], () => initialSincBands(values).widths),
      ...(pooling === "gaussian"
        ? [parameter("pooling_widths", "pooling", [nMels], constant(INITIAL_POOLING, nMels))]
        : []),
    ];
  },
  variesWithBatch: () => false,
  levels: false,
  framing: pooledFraming,
  ofTraining: ["parts"],
  ofStart: ["f_min_hz", "f_max_hz"],
  trainedSeconds: 0.005,
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};
