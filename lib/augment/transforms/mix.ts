/**
 * Mixup (Zhang et al. 2018): another example of training is heard as well, and learnt as well, to the share that it has.
 * Shares are drawn from Beta(alpha, alpha) and never above a half, so that an example stays mostly itself.
 */
import { z } from "zod";
import type { Rng } from "../../base/random.ts";
import { share } from "./ranges.ts";

export const schema = z.strictObject({ p: share, alpha: z.number().positive().max(100) });

export function drawnShare({ alpha }: z.output<typeof schema>, rng: Rng): number {
  const [a, b] = [gamma(alpha, rng), gamma(alpha, rng)];
  return a + b === 0 ? 0 : Math.min(a, b) / (a + b);
}

/** Gamma(shape, 1) after Marsaglia and Tsang (2000), "A simple method for generating gamma variables". */
function gamma(shape: number, rng: Rng): number {
  if (shape < 1) return gamma(shape + 1, rng) * (1 - rng.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = rng.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < x * x / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
