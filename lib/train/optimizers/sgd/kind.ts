/** Stochastic gradient descent with momentum. */
import { z } from "zod";
import type { OptimizerKind } from "../contract.ts";

const schema = z.strictObject({
  kind: z.literal("sgd"),
  /** Without dampening. */
  momentum: z.number().min(0).lt(1),
});

export type SgdConfig = z.output<typeof schema>;

export const kind: OptimizerKind<SgdConfig> = { schema, load: () => import("./rule.ts") };
