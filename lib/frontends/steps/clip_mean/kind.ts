/** Each band's mean over the frames of its clip is taken off. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { bandsOf } from "../../../nn/representation.ts";
import type { StepKind } from "../../contract.ts";
import { STATELESS } from "../../stateless.ts";

const schema = z.strictObject({ step: z.literal("clip_mean"), trained: z.literal(false) });

export const kind: StepKind<Parsed<typeof schema>> = {
  ...STATELESS,
  schema,
  output(_values, input) {
    bandsOf("clip_mean", input);
    return { ...input, range: null };
  },
  levels: true,
  layer: () => import("./layer.ts"),
};
