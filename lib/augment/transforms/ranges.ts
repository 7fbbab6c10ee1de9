/** Values that transforms are told: shares and ranges. */
import { z } from "zod";
import type { Rng } from "../../base/random.ts";

/** The share of examples that are changed. */
export const share = z.number().min(0).max(1);

/** From the lowest to the highest, each in [least, most]. */
export function range(least: number, most: number) {
  const bound = z.number().min(least).max(most);
  return z.tuple([bound, bound]).refine(([low, high]) => low <= high, "wanted the lower bound first")
    .readonly();
}

export type Range = readonly [number, number];

export function drawn([low, high]: Range, rng: Rng): number {
  return rng.uniform(low, high);
}
