import { frameSize } from "./sizes.ts";
import type { StepStream } from "./contract.ts";

/** A clip's mean is known at its end alone. */
export const kind: StepStream = {
  stream(_values, { input }) {
    const size = frameSize(input);
    const sums = new Float64Array(size);
    return {
      does: "whole",
      outputs: size,
      apply(x, frames, y) {
        sums.fill(0);
        for (let i = 0; i < frames * size; i++) sums[i % size]! += x[i]!;
        for (let i = 0; i < frames * size; i++) y[i] = x[i]! - sums[i % size]! / frames;
      },
    };
  },
};
