/** Each band gets mean 0 and variance 1 over clips and frames: batch norm without parameters. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { constant } from "../../../nn/init.ts";
import { bandsOf } from "../../../nn/representation.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import type { StepKind } from "../../contract.ts";

const schema = z.strictObject({
  step: z.literal("batch_norm"),
  trained: z.literal(false),
  module: z.string().default("norm"),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  schema,
  output(_values, input) {
    bandsOf("batch_norm", input);
    return { ...input, unit: "standard deviations", range: null };
  },
  tensors({ module }, input) {
    const { channels, bands } = bandsOf("batch_norm", input);
    const buffer = (last: string, value: number): TensorSpec => ({
      name: `${module}.${last}`,
      shape: [channels * bands],
      role: "buffer",
      group: "mel",
      trainable: false,
      init: constant(value, channels * bands),
    });
    return [buffer("running_mean", 0), buffer("running_var", 1)];
  },
  variesWithBatch: () => true,
  levels: true,
  ofTraining: [],
  ofStart: [],
  trainedSeconds: 0,
  layer: () => import("./layer.ts"),
};
