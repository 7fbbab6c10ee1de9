import { linear } from "../../../kernels/linear/op.ts";
import { asMatrix } from "../../../kernels/standard/matmul.ts";
import { stateTensor } from "../../../nn/state.ts";
import { clipMean } from "../../clip_mean.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { bcResNetBackbone } from "../backbone.ts";
import type { Config } from "../kind.ts";
import { classifierSpecs } from "../specs.ts";

/** The mean over frames is classified. */
export function body(config: Config, input: ModelInput, classes: number): Body {
  const backbone = bcResNetBackbone(config, input);
  const { weight, bias } = classifierSpecs(config.edition, classes, backbone.channels);
  return {
    specs: [...backbone.specs, weight, ...(bias === null ? [] : [bias])],
    forward: (state, x, mode) =>
      linear(
        clipMean(backbone.forward(state, x, mode), mode.frames),
        asMatrix(stateTensor(state, weight.name), classes, backbone.channels),
        bias === null ? undefined : stateTensor(state, bias.name),
      ),
  };
}
