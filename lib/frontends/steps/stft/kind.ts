/** From a wave to a power spectrogram: nnAudio's STFT, whose cosine and sine kernels may be trained. */
import { z } from "zod";
import { binFrequencies, binsOf } from "../../../audio/bins.ts";
import { dftBasis } from "../../../audio/dft_basis.ts";
import { frameCount, leastSamples, type Padding, PADDINGS, samplesBehind } from "../../../audio/framing.ts";
import { windowInFrame, WINDOWS } from "../../../audio/windows.ts";
import type { Parsed } from "../../../base/record.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { Framing, StepKind } from "../../contract.ts";
import { spacing } from "../spacing.ts";
import { formOf } from "./form.ts";

const schema = z.strictObject({
  step: z.literal("stft"),
  trained: z.boolean(),
  module: z.string().default("stft"),
  n_fft: z.int().min(2),
  hop_samples: z.int().min(1),
  /** Added to the power of every bin. */
  power_epsilon: z.number().min(0),
  /** What a frame sees, and kernels are as long as. Null: `n_fft`. */
  frame_samples: z.int().min(2).nullable().default(null),
  padding: z.enum(PADDINGS).default("reflect"),
  window: z.enum(WINDOWS).default("hann"),
  /** In the middle of the frame. Null: as long. */
  win_length: z.int().min(1).nullable().default(null),
  periodic: z.boolean().default(true),
  /** In units of which bins are given: of the wave, in Hz. Null where bins are the DFT's, for which it does not matter. */
  sample_rate: z.number().positive().nullable().default(null),
  bins: spacing,
  conditioning: z.strictObject({
    scale: z.number().positive(),
    remove_dc: z.boolean(),
    preemphasis: z.number().min(0).max(1),
    energy: z.boolean(),
  }).nullable().default(null),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  schema,
  output({ conditioning, ...values }, input) {
    sizesOf("stft", input, ["time"]);
    const columns = binsOf(values) + (conditioning?.energy === true ? 1 : 0);
    return {
      name: "power",
      axes: [{ name: "time", size: null }, { name: "frequency", size: columns }],
      unit: "power",
      range: null,
    };
  },
  tensors(values) {
    const kernel = (last: "wcos" | "wsin"): TensorSpec => ({
      name: `${values.module}.${last}`,
      shape: [binsOf(values), 1, formOf(values).frameSamples],
      role: "parameter",
      group: "stft",
      trainable: values.trained,
      init: () => initialKernels(values)[last],
    });
    return [kernel("wcos"), kernel("wsin")];
  },
  variesWithBatch: () => false,
  levels: false,
  framing(values) {
    const form = formOf(values);
    return {
      frames: (samples) => samples >= leastSamples(form) ? frameCount(samples, form) : 0,
      hopSamples: form.hopSamples,
      beyond: { samples: samplesBehind(form), are: BEYOND[form.padding] },
    };
  },
  binsHz: (values, sampleRate) => binFrequencies({ ...values, sampleRate }),
  ofTraining: [],
  ofStart: [],
  trainedSeconds: 0.002,
  plain: (values) => ({ does: "transform", form: formOf(values), powerEpsilon: values.powerEpsilon }),
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};

const BEYOND: Readonly<Record<Padding, Framing["beyond"]["are"]>> = {
  reflect: "reflection",
  constant: "zeros",
  within: "zeros",
  repeat: "repetition",
};

function initialKernels(values: Values): ReturnType<typeof dftBasis> {
  const { nFft, bins, sampleRate } = values;
  const { window, frameSamples, conditioning } = formOf(values);
  return dftBasis(nFft, {
    window: windowInFrame(window, frameSamples),
    conditioning,
    ...(bins !== null && sampleRate !== null && {
      bins: binFrequencies({ nFft, bins, sampleRate }).map((hz) => hz * nFft / sampleRate),
    }),
  });
}
