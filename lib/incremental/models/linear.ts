/** The paper's Simple model over a stream: one product with the whole window. */
import type { ModelSpec } from "../../models/contract.ts";
import { UserError } from "../../base/errors.ts";
import type { ModelStream } from "./contract.ts";

export const kind: ModelStream<ModelSpec> = {
  stream(_config, { channels, bands, frames }, classes, tensors) {
    if (frames === null) {
      throw new UserError(
        "bad-config",
        "Cannot stream linear for clips of any length: wanted one length for all.",
      );
    }
    return {
      lay: () => {},
      readout: {
        over: "window",
        weight: frameByFrame(tensors("linearlayer.weight"), classes, channels * bands, frames),
        bias: tensors("linearlayer.bias"),
      },
    };
  },
};

/** `[classes, bands, frames]` as `[classes, frames, bands]`. */
function frameByFrame(weight: Float32Array, classes: number, bands: number, frames: number): Float32Array {
  const turned = new Float32Array(weight.length);
  for (let c = 0; c < classes; c++) {
    for (let m = 0; m < bands; m++) {
      for (let t = 0; t < frames; t++) {
        turned[(c * frames + t) * bands + m] = weight[(c * bands + m) * frames + t]!;
      }
    }
  }
  return turned;
}
