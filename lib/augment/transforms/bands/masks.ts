/**
 * SpecAugment's masks (Park et al. 2019): stretches of bands and of frames are hidden, each as wide as a uniform draw
 * below a limit, rounded down. Limits of frames are told in seconds, so that they hold for any hop. What is seen there is part of a recipe: 0, which is loud among raw logarithms, or the
 * clip's own mean. Frames are hidden within the example, never in what pads it.
 */
import { z } from "zod";
import type { Rng } from "../../../base/random.ts";
import type { Stretch } from "../../contract.ts";
import { share } from "../ranges.ts";

const count = z.int().min(0).max(100);

export const schema = z.strictObject({
  p: share,
  /** Widths are below this. */
  bands: z.strictObject({ count, below: z.number().min(0) }),
  frames: z.strictObject({ count, below_seconds: z.number().min(0) }),
  fill: z.enum(["zero", "mean"]),
});

/** @param below Widths are below this. @param size Of the axis. */
export function stretches(count: number, below: number, size: number, rng: Rng): readonly Stretch[] {
  return Array.from({ length: count }, () => {
    const width = Math.min(size, Math.floor(rng.uniform(0, below)));
    const from = rng.integer(size - width + 1);
    return [from, from + width] as const;
  });
}
