/** Adam (Kingma and Ba 2015). */
import { z } from "zod";
import type { OptimizerKind } from "../contract.ts";

const kept = z.number().min(0).lt(1);

const schema = z.strictObject({
  kind: z.literal("adam"),
  /** What the running averages of gradients and of their squares keep of themselves. */
  betas: z.tuple([kept, kept]),
  /** Added to the root of the averaged squares. */
  eps: z.number().positive(),
});

export type AdamConfig = z.output<typeof schema>;

/** PyTorch's values. */
export const ADAM: AdamConfig = { kind: "adam", betas: [0.9, 0.999], eps: 1e-8 };

export const kind: OptimizerKind<AdamConfig> = { schema, load: () => import("./rule.ts") };
