/** The linear layer that both heads end with. */
import { uniformByFanIn } from "../../../nn/init.ts";
import type { TensorSpec } from "../../../nn/types.ts";
import { modelParameter } from "../../parameter.ts";

export function linearLayer(inputs: number, classes: number): { weight: TensorSpec; bias: TensorSpec } {
  const size = classes * inputs;
  return {
    weight: modelParameter("linearlayer.weight", [classes, inputs], uniformByFanIn(inputs, size)),
    bias: modelParameter("linearlayer.bias", [classes], uniformByFanIn(inputs, classes)),
  };
}
