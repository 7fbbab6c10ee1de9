import { linear } from "../../../kernels/linear/op.ts";
import { stateTensor } from "../../../nn/state.ts";
import { clipMean } from "../../clip_mean.ts";
import { allBands } from "../../../nn/channels.ts";
import type { Body, ModelInput } from "../../contract.ts";
import { matchboxNetBackbone } from "../backbone.ts";
import type { Config } from "../kind.ts";
import { classifierLayer } from "./layer.ts";

/** The mean over frames is classified. */
export function body(config: Config, { channels, bands }: ModelInput, classes: number): Body {
  const backbone = matchboxNetBackbone(config, channels * bands);
  const { weight, bias } = classifierLayer(backbone.channels, classes);
  return {
    specs: [...backbone.specs, weight, bias],
    forward: (state, x, mode) =>
      linear(
        clipMean(backbone.forward(state, allBands(x), mode), mode.frames),
        stateTensor(state, weight.name),
        stateTensor(state, bias.name),
      ),
  };
}
