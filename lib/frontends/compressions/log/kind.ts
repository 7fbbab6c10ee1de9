/** The natural log of energies. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { CompressionKind } from "../../contract.ts";
import { STATELESS } from "../../stateless.ts";

/** Added before the log: keeps digital silence finite. */
const offset = z.number().positive();

const schema = z.strictObject({ step: z.literal("log"), trained: z.literal(false), offset });

export type Values = Parsed<typeof schema>;

export const kind: CompressionKind<Values> = {
  ...STATELESS,
  group: z.strictObject({ kind: z.literal("log"), offset }),
  ofPositive: true,
  schema,
  output(_values, input) {
    sizesOf("log", input, ["band", "time"]);
    return { ...input, name: `log${input.name}`, unit: `ln of ${input.unit}`, range: { below: 12 } };
  },
  plain: ({ offset }) => ({ does: "ln", offset }),
  layer: () => import("./layer.ts"),
};
