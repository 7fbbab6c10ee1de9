/** Bins of a spectrum that are set to zero. Behind the root, which has no slope at 0. */
import { z } from "zod";
import type { Parsed } from "../../../base/record.ts";
import { sizesOf } from "../../../nn/representation.ts";
import type { StepKind } from "../../contract.ts";
import { STATELESS } from "../../stateless.ts";

const schema = z.strictObject({
  step: z.literal("mask"),
  trained: z.literal(false),
  /** The first bin. */
  start: z.int().min(0),
  /** Behind the last one. */
  end: z.int().min(1),
});

export type Values = Parsed<typeof schema>;

export const kind: StepKind<Values> = {
  ...STATELESS,
  schema,
  output({ start, end }, input) {
    const [, bins] = sizesOf("mask", input, ["time", "frequency"]);
    if (start >= end || end > bins!) {
      throw new RangeError(
        `Cannot mask bins ${start} to ${end - 1} of ${bins}: wanted start < end <= ${bins}`,
      );
    }
    return input;
  },
  masked: ({ start, end }) => [start, end],
  plain: ({ start, end }) => ({ does: "zero", bins: [start, end] }),
  layer: () => import("./layer.ts"),
};
