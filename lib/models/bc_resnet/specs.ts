/** Names, shapes and initial values of BC-ResNet's tensors. */
import { constant, uniformByFanIn } from "../../nn/init.ts";
import type { TensorSpec } from "../../nn/types.ts";
import { modelParameter } from "../parameter.ts";
import type { BcResNetLayout, BlockLayout } from "./layout.ts";
import { blockNames, type Edition, END_NAMES } from "./names.ts";

/** All but the classifier's. */
export function bcResNetSpecs(layout: BcResNetLayout, edition: Edition): TensorSpec[] {
  const { firstChannels, lastChannels, lastHeight, headChannels } = layout;
  const names = END_NAMES[edition];
  return [
    convolution(`${names.first}.weight`, [firstChannels, 1, 5, 5]),
    ...biasOrNorm(names.first, names.firstNorm, firstChannels, 25),
    ...layout.blocks.flatMap((block) => blockSpecs(block, edition)),
    convolution(`${names.last}.weight`, [lastChannels, 1, lastHeight, 5]),
    ...(edition === "heung" ? [bias(names.last, lastChannels, lastHeight * 5)] : []),
    convolution(`${names.head}.weight`, [headChannels, lastChannels, 1, 1]),
    ...(names.headNorm === null ? [] : batchNorm(names.headNorm, headChannels)),
  ];
}

/** The last 1x1 convolution, from `inputs` channels to classes, with the bias that only one edition has. */
export function classifierSpecs(
  edition: Edition,
  classes: number,
  inputs: number,
): { readonly weight: TensorSpec; readonly bias: TensorSpec | null } {
  const { classifier } = END_NAMES[edition];
  return {
    weight: convolution(`${classifier}.weight`, [classes, inputs, 1, 1]),
    bias: edition === "kim" ? bias(classifier, classes, inputs) : null,
  };
}

function blockSpecs(block: BlockLayout, edition: Edition): TensorSpec[] {
  const { kind, inChannels, outChannels, groups } = block;
  const names = blockNames(edition, block);
  return [
    ...(kind === "broadcasted" ? [] : [
      convolution(`${names.conv1x1_1}.weight`, [outChannels, inChannels, 1, 1]),
      ...batchNorm(names.bn1, outChannels),
    ]),
    convolution(`${names.freq_dw_conv}.weight`, [outChannels, 1, 3, 1]),
    ...batchNorm(names.ssn, outChannels * groups.length),
    convolution(`${names.temp_dw_conv}.weight`, [outChannels, 1, 1, 3]),
    ...batchNorm(names.bn2, outChannels),
    convolution(`${names.conv1x1_2}.weight`, [outChannels, outChannels, 1, 1]),
  ];
}

/** A convolution that is normalised needs no bias. */
function biasOrNorm(name: string, norm: string | null, size: number, fanIn: number): TensorSpec[] {
  return norm === null ? [bias(name, size, fanIn)] : batchNorm(norm, size);
}

function bias(name: string, size: number, fanIn: number): TensorSpec {
  return modelParameter(`${name}.bias`, [size], uniformByFanIn(fanIn, size));
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
