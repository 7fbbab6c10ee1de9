import { UserError } from "../../base/errors.ts";
import type { Values } from "../../frontends/compressions/decibels/kind.ts";
import type { StepStream } from "./contract.ts";
import { frameSize } from "./sizes.ts";

export const kind: StepStream<Values> = {
  stream({ amin, refValue, topDb }, { input }) {
    if (topDb !== null) {
      throw new UserError(
        "bad-config",
        `Cannot compute decibels frame by frame: with top_db = ${topDb} they depend on the loudest of a whole clip. ` +
          `Listen in windows, or train without top_db.`,
      );
    }
    const [size, reference] = [frameSize(input), 10 * Math.log10(Math.max(amin, refValue))];
    return {
      does: "curve",
      apply(values, at) {
        for (let i = at; i < at + size; i++) {
          values[i] = 10 * Math.log10(Math.max(values[i]!, amin)) - reference;
        }
      },
    };
  },
};
