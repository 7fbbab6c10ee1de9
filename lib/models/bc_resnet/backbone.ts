/** Everything of BC-ResNet that lies before its classifier. */
import * as tf from "@tensorflow/tfjs";
import type { BatchNormState } from "../../kernels/batch_norm/op.ts";
import { broadcastedBlock } from "../../kernels/broadcasted_block/op.ts";
import { inputConv } from "../../kernels/input_conv/op.ts";
import { lastConv } from "../../kernels/last_conv/op.ts";
import { asMatrix, matmul } from "../../kernels/standard/matmul.ts";
import { pointwiseConv } from "../../kernels/pointwise_conv/op.ts";
import { transitionBlock } from "../../kernels/transition_block/op.ts";
import { stateTensor, stateVariable } from "../../nn/state.ts";
import type { ForwardMode, NetworkState } from "../../nn/types.ts";
import type { Body } from "../contract.ts";
import type { Config } from "./kind.ts";
import { bcResNetLayout, type BlockLayout, FIRST_CHANNELS } from "./layout.ts";
import { bcResNetSpecs } from "./specs.ts";

/** All but the classifier: {@link HEAD_CHANNELS} numbers for each frame. */
export interface Backbone extends Body {
  /** @returns `[B, 1, T, HEAD_CHANNELS]`. */
  forward(state: NetworkState, bands: tf.Tensor3D, mode: ForwardMode): tf.Tensor4D;
}

export function bcResNetBackbone({ dropout }: Config, bands: number): Backbone {
  const layout = bcResNetLayout(bands);
  return {
    specs: bcResNetSpecs(layout),
    forward(state, logmel, mode) {
      const [first, ...others] = layout.blocks;
      let x = inputAndFirstPointwise(state, logmel, first!, mode);
      x = applyBlock(state, x, first!, mode, dropout.transition, true);
      for (const block of others) x = applyBlock(state, x, block, mode, dropout[block.kind], false);
      const [weight, bias] = [stateTensor(state, "conv2.weight"), stateTensor(state, "conv2.bias")];
      const row = lastConv(x, weight as tf.Tensor4D, bias as tf.Tensor1D, mode.frames);
      return pointwiseConv(row, stateTensor(state, "conv3.weight"));
    },
  };
}

/**
 * The first convolution and the 1x1 convolution of the first block have nothing between them: their kernels are
 * multiplied first, which halves the channels that the larger of the two has to make.
 */
function inputAndFirstPointwise(
  state: NetworkState,
  logmel: tf.Tensor3D,
  block: BlockLayout,
  { frames }: ForwardMode,
): tf.Tensor4D {
  const { outChannels } = block;
  const pointwise = asMatrix(
    stateTensor(state, `${block.name}.conv1x1_1.weight`),
    outChannels,
    FIRST_CHANNELS,
  );
  const kernel = matmul(pointwise, asMatrix(stateTensor(state, "conv1.weight"), FIRST_CHANNELS, 25));
  const bias = matmul(pointwise, asMatrix(stateTensor(state, "conv1.bias"), FIRST_CHANNELS, 1));
  return inputConv(
    logmel,
    tf.reshape(kernel, [outChannels, 1, 5, 5]),
    tf.reshape(bias, [outChannels]),
    frames,
  );
}

function applyBlock(
  state: NetworkState,
  x: tf.Tensor4D,
  block: BlockLayout,
  mode: ForwardMode,
  rate: number,
  pointwiseDone: boolean,
): tf.Tensor4D {
  const weight = (name: string) => stateTensor<tf.Tensor4D>(state, `${block.name}.${name}.weight`);
  const norm = (name: string) => batchNormState(state, `${block.name}.${name}`);
  const options = {
    training: mode.training,
    dilation: block.dilation,
    groups: block.groups,
    ...(mode.frames && { validFrames: mode.frames }),
    ...(mode.training && mode.dropout ? { dropout: { rate, rng: mode.dropout.fork(block.name) } } : {}),
  };
  const shared = { freq_dw_conv: weight("freq_dw_conv"), temp_dw_conv: weight("temp_dw_conv") };
  if (block.kind === "broadcasted") {
    const tensors = { ...shared, ssn: norm("ssn1.bn"), bn2: norm("bn"), conv1x1_2: weight("conv1x1") };
    return broadcastedBlock(x, tensors, options);
  }
  const tensors = {
    ...shared,
    ...(pointwiseDone ? {} : { conv1x1_1: weight("conv1x1_1") }),
    bn1: norm("bn1"),
    ssn: norm("ssn.bn"),
    bn2: norm("bn2"),
    conv1x1_2: weight("conv1x1_2"),
  };
  return transitionBlock(x, tensors, { ...options, strideF: block.strideF });
}

function batchNormState(state: NetworkState, name: string): BatchNormState {
  return {
    affine: { weight: stateTensor(state, `${name}.weight`), bias: stateTensor(state, `${name}.bias`) },
    runningMean: stateVariable(state, `${name}.running_mean`),
    runningVar: stateVariable(state, `${name}.running_var`),
  };
}
