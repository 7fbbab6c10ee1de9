import type { Values } from "../../frontends/compressions/log_floor/kind.ts";
import type { StepStream } from "./contract.ts";
import { frameSize } from "./sizes.ts";

export const kind: StepStream<Values> = {
  stream({ floor }, { input }) {
    const size = frameSize(input);
    return {
      does: "curve",
      apply(values, at) {
        for (let i = at; i < at + size; i++) values[i] = Math.log(Math.max(values[i]!, floor));
      },
    };
  },
};
