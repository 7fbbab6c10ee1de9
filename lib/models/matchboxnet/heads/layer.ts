/** The linear layer that both heads end with. */
import { xavierUniform } from "../../../nn/init.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import { layerBias } from "../../layers.ts";
import { modelParameter } from "../../parameter.ts";
import { CLASSIFIER } from "../names.ts";

export function classifierLayer(
  inputs: number,
  classes: number,
): { readonly weight: TensorSpec; readonly bias: TensorSpec } {
  const init = xavierUniform(inputs, classes, classes * inputs);
  return {
    weight: modelParameter(`${CLASSIFIER}.weight`, [classes, inputs], init),
    bias: layerBias(CLASSIFIER, classes, inputs),
  };
}
