/** Energies in decibels, with a floor below the loudest: fastaudio's and torchaudio's. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { CompressionKind } from "../../contract.ts";
import { STATELESS } from "../../stateless.ts";

const values = {
  /** Energies below count as this. */
  amin: z.number().positive(),
  /** The energy of 0 dB. */
  ref_value: z.number().positive(),
  /** Values further below the loudest are raised to this distance. Null: none are. */
  top_db: z.number().positive().nullable(),
  /** Where the loudest value is looked for. `batch`: a clip's features depend on its neighbours. */
  compat: z.strictObject({ top_db: z.enum(["clip", "batch"]) }),
};

const schema = z.strictObject({ step: z.literal("decibels"), trained: z.literal(false), ...values });

export type Values = Parsed<typeof schema>;

export const kind: CompressionKind<Values> = {
  ...STATELESS,
  group: z.strictObject({ kind: z.literal("decibels"), ...values }),
  schema,
  output(_values, input) {
    sizesOf("decibels", input, ["band", "time"]);
    return { ...input, name: "decibels", unit: "dB", range: { below: 52 } };
  },
  variesWithBatch: ({ topDb, compat }) => topDb !== null && compat.topDb === "batch",
  layer: () => import("./layer.ts"),
};
