import { UserError } from "../../base/errors.ts";
import type { Values } from "../../frontends/steps/dct/kind.ts";
import { bandsOf } from "../../nn/representation.ts";
import type { StepStream } from "./contract.ts";

export const kind: StepStream<Values> = {
  stream({ module, nMfcc }, { tensors, input }) {
    const { channels } = bandsOf("dct", input);
    if (channels > 1) {
      throw new UserError(
        "bad-config",
        `Cannot make cepstra of ${channels} channels frame by frame: wanted one. Listen in windows.`,
      );
    }
    return { does: "product", matrix: tensors(`${module}.dct_basis`), outputs: nMfcc };
  },
};
