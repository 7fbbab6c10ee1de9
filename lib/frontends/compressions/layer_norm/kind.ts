/** The bands of each frame get mean 0 and variance 1, then a scale and an offset a band: what SincNet has for a log. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { constant } from "../../../nn/init.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { CompressionKind } from "../../contract.ts";

/** Added to the variance. */
const eps = z.number().positive();

const schema = z.strictObject({
  step: z.literal("layer_norm"),
  trained: z.boolean(),
  module: z.string().default("compression"),
  eps,
});

export type Values = Parsed<typeof schema>;

export const kind: CompressionKind<Values> = {
  group: z.strictObject({ kind: z.literal("layer_norm"), eps }),
  parts: { layer_norm: "scale and offset of layer normalisation" },
  schema,
  output(_values, input) {
    sizesOf("layer_norm", input, ["band", "time"]);
    return { ...input, name: "layer_norm", unit: "standard deviations of a frame", range: null };
  },
  // Named and shaped as those of torch.nn.LayerNorm.
  tensors({ module, trained }, input) {
    const [bands] = sizesOf("layer_norm", input, ["band", "time"]);
    const parameter = (last: string, value: number): TensorSpec => ({
      name: `${module}.${last}`,
      shape: [bands!],
      role: "parameter",
      group: "layer_norm",
      trainable: trained,
      init: constant(value, bands!),
    });
    return [parameter("weight", 1), parameter("bias", 0)];
  },
  variesWithBatch: () => false,
  levels: false,
  ofTraining: [],
  ofStart: [],
  trainedSeconds: 0.0002,
  layer: () => import("./layer.ts"),
};
