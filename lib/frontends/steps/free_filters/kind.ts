/** From a wave to pooled energies of complex filters whose every tap may be trained: time-domain filterbanks. */
import { z } from "zod";
import { gaborTaps } from "../../../audio/gabor_taps.ts";
import type { Parsed } from "../../../base/record.ts";
import type { StepKind } from "../../contract.ts";
import { pooledFraming, pooledOutput, pooledValues } from "../pooled_frames.ts";

const schema = z.strictObject({
  step: z.literal("free_filters"),
  module: z.string().default("filterbank"),
  sample_rate: z.number().positive(),
  ...pooledValues,
  f_min_hz: z.number().min(0),
  f_max_hz: z.number().positive(),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  schema,
  output: (values, input) => pooledOutput("free_filters", values, input, "energy"),
  tensors: (values) => [
    {
      name: `${values.module}.complex_conv.weight`,
      shape: [2 * values.nMels, 1, values.taps],
      role: "parameter",
      group: "filters",
      trainable: values.parts.includes("filters"),
      init: () => gaborTaps(values, values.taps),
    },
    {
      name: `${values.module}.lowpass.weight`,
      shape: [1, 1, values.poolSamples],
      role: "parameter",
      group: "pooling",
      trainable: values.parts.includes("pooling"),
      init: () => initialWindow(values.poolSamples),
    },
  ],
  variesWithBatch: () => false,
  levels: false,
  framing: pooledFraming,
  ofTraining: ["parts"],
  ofStart: ["f_min_hz", "f_max_hz"],
  trainedSeconds: 0.01,
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};

/** Hann's window squared, which the original begins one sample early. */
function initialWindow(samples: number): Float32Array {
  const hann = (n: number) => 0.5 * (1 - Math.cos(2 * Math.PI * (n - 1) / Math.max(1, samples - 1)));
  return Float32Array.from({ length: samples }, (_, n) => hann(n) ** 2);
}
