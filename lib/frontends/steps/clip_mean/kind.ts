/** Each band's mean over the frames of its clip is taken off. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { StepKind } from "../../contract.ts";

const schema = z.strictObject({ step: z.literal("clip_mean"), trained: z.literal(false) });

export const kind: StepKind<Parsed<typeof schema>> = {
  schema,
  output(_values, input) {
    sizesOf("clip_mean", input, ["band", "time"]);
    return { ...input, range: null };
  },
  tensors: () => [],
  variesWithBatch: () => false,
  levels: true,
  ofTraining: [],
  ofStart: [],
  trainedSeconds: 0,
  layer: () => import("./layer.ts"),
};
