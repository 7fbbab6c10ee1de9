/** The natural log of energies, of which none counts as less than a floor: Kaldi's. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { CompressionKind } from "../../contract.ts";
import { STATELESS } from "../../stateless.ts";

const floor = z.number().positive();

const schema = z.strictObject({ step: z.literal("log_floor"), trained: z.literal(false), floor });

export type Values = Parsed<typeof schema>;

export const kind: CompressionKind<Values> = {
  ...STATELESS,
  group: z.strictObject({ kind: z.literal("log_floor"), floor }),
  schema,
  output(_values, input) {
    sizesOf("log_floor", input, ["band", "time"]);
    return { ...input, name: `log${input.name}`, unit: `ln of ${input.unit}`, range: { below: 12 } };
  },
  layer: () => import("./layer.ts"),
};
