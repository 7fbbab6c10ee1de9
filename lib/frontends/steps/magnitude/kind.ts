/** The root of a power spectrogram. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { StepKind } from "../../contract.ts";
import { STATELESS } from "../../stateless.ts";

const schema = z.strictObject({ step: z.literal("magnitude"), trained: z.literal(false) });

export const kind: StepKind<Parsed<typeof schema>> = {
  ...STATELESS,
  schema,
  output(_values, input) {
    sizesOf("magnitude", input, ["time", "frequency"]);
    return { ...input, name: "magnitude", unit: "magnitude" };
  },
  plain: () => ({ does: "sqrt" }),
  layer: () => import("./layer.ts"),
};
