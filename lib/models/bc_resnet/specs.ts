/** Names, shapes and initial values of BC-ResNet's tensors. */
import { constant, uniformByFanIn } from "../../nn/init.ts";
import type { TensorSpec } from "../../nn/types.ts";
import { modelParameter } from "../parameter.ts";
import {
  type BcResNetLayout,
  type BlockLayout,
  FIRST_CHANNELS,
  HEAD_CHANNELS,
  LAST_CHANNELS,
} from "./layout.ts";

/** All but the classifier's. */
export function bcResNetSpecs(layout: BcResNetLayout): TensorSpec[] {
  return [
    convolution("conv1.weight", [FIRST_CHANNELS, 1, 5, 5]),
    modelParameter("conv1.bias", [FIRST_CHANNELS], uniformByFanIn(25, FIRST_CHANNELS)),
    ...layout.blocks.flatMap((block) => block.kind === "transition" ? transition(block) : broadcasted(block)),
    convolution("conv2.weight", [LAST_CHANNELS, 1, layout.lastHeight, 5]),
    modelParameter("conv2.bias", [LAST_CHANNELS], uniformByFanIn(layout.lastHeight * 5, LAST_CHANNELS)),
    convolution("conv3.weight", [HEAD_CHANNELS, LAST_CHANNELS, 1, 1]),
  ];
}

/** The last 1x1 convolution, from `inputs` channels to classes. */
export function classifierSpec(classes: number, inputs: number): TensorSpec {
  return convolution("conv4.weight", [classes, inputs, 1, 1]);
}

function transition({ name, inChannels, outChannels, groups }: BlockLayout): TensorSpec[] {
  return [
    convolution(`${name}.conv1x1_1.weight`, [outChannels, inChannels, 1, 1]),
    ...batchNorm(`${name}.bn1`, outChannels),
    convolution(`${name}.freq_dw_conv.weight`, [outChannels, 1, 3, 1]),
    ...batchNorm(`${name}.ssn.bn`, outChannels * groups.length),
    convolution(`${name}.temp_dw_conv.weight`, [outChannels, 1, 1, 3]),
    ...batchNorm(`${name}.bn2`, outChannels),
    convolution(`${name}.conv1x1_2.weight`, [outChannels, outChannels, 1, 1]),
  ];
}

function broadcasted({ name, outChannels, groups }: BlockLayout): TensorSpec[] {
  return [
    convolution(`${name}.freq_dw_conv.weight`, [outChannels, 1, 3, 1]),
    ...batchNorm(`${name}.ssn1.bn`, outChannels * groups.length),
    convolution(`${name}.temp_dw_conv.weight`, [outChannels, 1, 1, 3]),
    ...batchNorm(`${name}.bn`, outChannels),
    convolution(`${name}.conv1x1.weight`, [outChannels, outChannels, 1, 1]),
  ];
}

/** @param shape `[out, in / groups, height, width]`. */
function convolution(name: string, shape: readonly [number, number, number, number]): TensorSpec {
  const fanIn = shape[1] * shape[2] * shape[3];
  return modelParameter(name, shape, uniformByFanIn(fanIn, shape[0] * fanIn));
}

function batchNorm(name: string, size: number): TensorSpec[] {
  const buffer = (suffix: string, value: number): TensorSpec => ({
    name: `${name}.${suffix}`,
    shape: [size],
    role: "buffer",
    group: "model",
    trainable: false,
    init: constant(value, size),
  });
  return [
    modelParameter(`${name}.weight`, [size], constant(1, size)),
    modelParameter(`${name}.bias`, [size], constant(0, size)),
    buffer("running_mean", 0),
    buffer("running_var", 1),
  ];
}
