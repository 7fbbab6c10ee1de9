import type { Values } from "../../frontends/compressions/decibels/kind.ts";
import type { StepStream } from "./contract.ts";
import { frameSize } from "./sizes.ts";

/** With `top_db` they depend on the loudest of a whole clip. */
export const kind: StepStream<Values> = {
  stream({ amin, refValue, topDb }, { input }) {
    const [size, reference] = [frameSize(input), 10 * Math.log10(Math.max(amin, refValue))];
    const decibelsOf = (energy: number) => 10 * Math.log10(Math.max(energy, amin)) - reference;
    if (topDb !== null) {
      return {
        does: "whole",
        outputs: size,
        apply(x, frames, y) {
          let loudest = -Infinity;
          for (let i = 0; i < frames * size; i++) loudest = Math.max(loudest, y[i] = decibelsOf(x[i]!));
          for (let i = 0; i < frames * size; i++) y[i] = Math.max(y[i]!, loudest - topDb);
        },
      };
    }
    return {
      does: "curve",
      apply(values, at) {
        for (let i = at; i < at + size; i++) values[i] = decibelsOf(values[i]!);
      },
    };
  },
};
