/** Per-channel energy normalisation: each band over its running mean, then a power. Fixed, or trained band by band. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { constant } from "../../../nn/init.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { CompressionKind } from "../../contract.ts";

/** Where every band starts; see the operation `pcen` for what they do. */
const start = {
  gain: z.number().positive().max(1),
  bias: z.number().positive(),
  power: z.number().positive().max(1),
  smoothing: z.number().positive().max(1),
};

const values = {
  /**
   * What is trained. `logarithms`: those of gain, bias and power, the smoothing stays, as in arXiv 1607.05666. `direct`:
   * gain, bias, root (1 / power) and smoothing, as in LEAF.
   */
  parameterisation: z.enum(["logarithms", "direct"]),
  ...start,
  /** Beside a band's running mean: energies far below count as silence. */
  eps: z.number().min(1e-30),
};

const schema = z.strictObject({
  step: z.literal("pcen"),
  trained: z.boolean(),
  module: z.string().default("compression"),
  ...values,
});

export type Values = Parsed<typeof schema>;

export const kind: CompressionKind<Values> = {
  group: z.strictObject({ kind: z.literal("pcen"), ...values }),
  parts: { pcen: "PCEN" },
  ofEnergies: true,
  ofPositive: true,
  schema,
  output({ bias, power }, input) {
    sizesOf("pcen", input, ["band", "time"]);
    const ofTenfold = (10 + bias) ** power - bias ** power;
    return {
      ...input,
      name: "pcen",
      unit: "normalised energy",
      range: { from: 0, to: ofTenfold },
    };
  },
  // Named as in EfficientLEAF's PyTorch class, and holding what it holds.
  tensors({ module, trained, parameterisation, gain, bias, power, smoothing }, input) {
    const [bands] = sizesOf("pcen", input, ["band", "time"]);
    const parameter = (last: string, value: number, trainable = trained): TensorSpec => ({
      name: `${module}.${last}`,
      shape: [bands!],
      role: "parameter",
      group: "pcen",
      trainable,
      init: constant(value, bands!),
    });
    if (parameterisation === "direct") {
      return [
        parameter("alpha", gain),
        parameter("delta", bias),
        parameter("r", 1 / power),
        parameter("s", smoothing),
      ];
    }
    return [
      parameter("alpha", Math.log(gain)),
      parameter("delta", Math.log(bias)),
      parameter("r", Math.log(power)),
      parameter("s", Math.log(smoothing), false),
    ];
  },
  variesWithBatch: () => false,
  levels: false,
  ofTraining: [],
  ofStart: Object.keys(start),
  trainedSeconds: 0.0002,
  layer: () => import("./layer.ts"),
  look: () => import("./look.ts"),
};
