/** The numbers of a step of Adam that are the same for all values of a parameter. */
import type { AdamUpdate } from "./types.ts";

export interface AdamFactors {
  readonly weightDecay: number;
  readonly keepAverage: number;
  readonly addGradient: number;
  readonly keepSquare: number;
  readonly addSquare: number;
  /** The learning rate, corrected for an average that started at zero. */
  readonly rate: number;
  /** Divides the root of the average of squares: the same correction for that. */
  readonly rootScale: number;
  readonly eps: number;
}

/** Computed in float64, as 1 - 0.999^step keeps only four digits in float32. */
export function adamFactors(
  { weightDecay, betas: [beta1, beta2], eps, rate, step }: Omit<
    AdamUpdate,
    "parameter" | "average" | "squareAverage" | "gradient"
  >,
): AdamFactors {
  return {
    weightDecay,
    keepAverage: beta1,
    addGradient: 1 - beta1,
    keepSquare: beta2,
    addSquare: 1 - beta2,
    rate: rate / (1 - beta1 ** step),
    rootScale: Math.sqrt(1 - beta2 ** step),
    eps,
  };
}
