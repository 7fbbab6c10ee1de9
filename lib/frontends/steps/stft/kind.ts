/** From a wave to a power spectrogram: nnAudio's STFT, whose cosine and sine kernels may be trained. */
import { z } from "zod";
import { dftBasis } from "../../../audio/dft_basis.ts";
import { binCount, frameCount, padSamples } from "../../../audio/framing.ts";
import type { Parsed } from "../../../base/record.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { StepKind } from "../../contract.ts";

const schema = z.strictObject({
  step: z.literal("stft"),
  trained: z.boolean(),
  module: z.string().default("stft"),
  n_fft: z.int().min(2),
  hop_samples: z.int().min(1),
  /** Added to the power of every bin. */
  power_epsilon: z.number().min(0),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  schema,
  output({ nFft }, input) {
    sizesOf("stft", input, ["time"]);
    return {
      name: "power",
      axes: [{ name: "time", size: null }, { name: "frequency", size: binCount(nFft) }],
      unit: "power",
      range: null,
    };
  },
  tensors({ module, nFft, trained }) {
    const kernel = (last: "wcos" | "wsin"): TensorSpec => ({
      name: `${module}.${last}`,
      shape: [binCount(nFft), 1, nFft],
      role: "parameter",
      group: "stft",
      trainable: trained,
      init: () => dftBasis(nFft)[last],
    });
    return [kernel("wcos"), kernel("wsin")];
  },
  variesWithBatch: () => false,
  levels: false,
  framing: ({ nFft, hopSamples }) => ({
    frames: (samples) => samples > padSamples(nFft) ? frameCount(samples, { nFft, hopSamples }) : 0,
    hopSamples,
    beyond: { samples: padSamples(nFft), are: "reflection" },
  }),
  ofTraining: [],
  ofStart: [],
  trainedSeconds: 0.006,
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};
