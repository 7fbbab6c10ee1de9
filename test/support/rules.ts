/** Rules of optimizers with the values that the configuration has by default. */
import { rule as adam } from "../../lib/train/optimizers/adam/rule.ts";
import { rule as sgd } from "../../lib/train/optimizers/sgd/rule.ts";
import type { createOptimizer } from "../../lib/train/optimizer.ts";

export type RuleOf = Parameters<typeof createOptimizer>[1];

export const SGD: RuleOf = (trained) => sgd({ kind: "sgd", momentum: 0.9 }, trained);
export const ADAM: RuleOf = (trained) => adam({ kind: "adam", betas: [0.9, 0.999], eps: 1e-8 }, trained);
