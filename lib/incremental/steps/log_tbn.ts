import { UserError } from "../../base/errors.ts";
import type { Values } from "../../frontends/compressions/log_tbn/kind.ts";
import { EPSILON } from "../../kernels/batch_norm/types.ts";
import { affineOfNorm } from "../layers/weights.ts";
import type { StepStream } from "./contract.ts";

export const kind: StepStream<Values> = {
  stream({ module, median }, { tensors }) {
    if (median) {
      throw new UserError(
        "bad-config",
        "Cannot take off a clip's median frame by frame: it depends on frames to come. Listen in windows, or train " +
          "without the median.",
      );
    }
    const factors = tensors(`${module}.log1p.a`).map((a) => 10 ** a);
    const { scale, shift } = affineOfNorm(tensors, `${module}.TBN.bn`, EPSILON);
    return {
      does: "curve",
      apply(values, at) {
        for (let b = 0; b < factors.length; b++) {
          values[at + b] = Math.log1p(values[at + b]! * factors[b]!) * scale[b]! + shift[b]!;
        }
      },
    };
  },
};
