/** Power spectra by kernels as the network has them: those that are trained, and bins other than the DFT's. */
import { formOf } from "../../frontends/steps/stft/form.ts";
import type { Values } from "../../frontends/steps/stft/kind.ts";
import { KernelFrames } from "../layers/kernel_frames.ts";
import type { StepStream } from "./contract.ts";

export const kind: StepStream<Values> = {
  stream(values, { tensors }) {
    const { module, powerEpsilon } = values;
    const kernels = { wcos: tensors(`${module}.wcos`), wsin: tensors(`${module}.wsin`) };
    return {
      does: "frames",
      lay: (line) => new KernelFrames(line, { ...formOf(values), powerEpsilon }, kernels),
    };
  },
};
