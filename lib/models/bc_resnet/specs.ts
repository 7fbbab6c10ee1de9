/** Names, shapes and initial values of BC-ResNet's tensors. */
import type { TensorSpec } from "../../nn/types.ts";
import { batchNormSpecs, convolutionWeight, layerBias } from "../layers.ts";
import type { BcResNetLayout, BlockLayout } from "./layout.ts";
import { blockNames, type Edition, END_NAMES } from "./names.ts";

/** All but the classifier's. @param channels Of the input. */
export function bcResNetSpecs(layout: BcResNetLayout, edition: Edition, channels: number): TensorSpec[] {
  const { firstChannels, lastChannels, lastHeight, headChannels } = layout;
  const names = END_NAMES[edition];
  return [
    convolutionWeight(names.first, [firstChannels, channels, 5, 5]),
    ...biasOrNorm(names.first, names.firstNorm, firstChannels, 25 * channels),
    ...layout.blocks.flatMap((block) => blockSpecs(block, edition)),
    convolutionWeight(names.last, [lastChannels, 1, lastHeight, 5]),
    ...(edition === "heung" ? [layerBias(names.last, lastChannels, lastHeight * 5)] : []),
    convolutionWeight(names.head, [headChannels, lastChannels, 1, 1]),
    ...(names.headNorm === null ? [] : batchNormSpecs(names.headNorm, headChannels)),
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
    weight: convolutionWeight(classifier, [classes, inputs, 1, 1]),
    bias: edition === "kim" ? layerBias(classifier, classes, inputs) : null,
  };
}

function blockSpecs(block: BlockLayout, edition: Edition): TensorSpec[] {
  const { kind, inChannels, outChannels, groups } = block;
  const names = blockNames(edition, block);
  return [
    ...(kind === "broadcasted" ? [] : [
      convolutionWeight(names.conv1x1_1, [outChannels, inChannels, 1, 1]),
      ...batchNormSpecs(names.bn1, outChannels),
    ]),
    convolutionWeight(names.freq_dw_conv, [outChannels, 1, 3, 1]),
    ...batchNormSpecs(names.ssn, outChannels * groups.length),
    convolutionWeight(names.temp_dw_conv, [outChannels, 1, 1, 3]),
    ...batchNormSpecs(names.bn2, outChannels),
    convolutionWeight(names.conv1x1_2, [outChannels, outChannels, 1, 1]),
  ];
}

/** A convolution that is normalised needs no bias. */
function biasOrNorm(name: string, norm: string | null, size: number, fanIn: number): TensorSpec[] {
  return norm === null ? [layerBias(name, size, fanIn)] : batchNormSpecs(norm, size);
}
