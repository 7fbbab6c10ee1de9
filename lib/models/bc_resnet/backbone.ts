/** Everything of BC-ResNet that lies before its classifier. */
import * as tf from "@tensorflow/tfjs";
import { broadcastedBlock } from "../../kernels/broadcasted_block/op.ts";
import { inputConv } from "../../kernels/input_conv/op.ts";
import { lastConv } from "../../kernels/last_conv/op.ts";
import { asMatrix, matmul } from "../../kernels/standard/matmul.ts";
import { normRelu } from "../../kernels/norm_relu/op.ts";
import { pointwiseConv } from "../../kernels/pointwise_conv/op.ts";
import { transitionBlock } from "../../kernels/transition_block/op.ts";
import { stateTensor } from "../../nn/state.ts";
import type { ForwardMode, NetworkState } from "../../nn/types.ts";
import type { Body, ModelInput } from "../contract.ts";
import { batchNormState } from "../layers.ts";
import type { Config } from "./kind.ts";
import { bcResNetLayout, type BlockLayout } from "./layout.ts";
import { type BlockNames, blockNames, type Edition, END_NAMES, type EndNames } from "./names.ts";
import { bcResNetSpecs } from "./specs.ts";

/** All but the classifier. */
export interface Backbone extends Body {
  /** Numbers for each frame. */
  readonly channels: number;
  /** @returns `[B, 1, T, channels]`. */
  forward(state: NetworkState, bands: tf.Tensor, mode: ForwardMode): tf.Tensor4D;
}

export function bcResNetBackbone(
  { edition, width, padding, dropout }: Config,
  { channels, bands }: Omit<ModelInput, "frames">,
): Backbone {
  const layout = bcResNetLayout(bands, width);
  const names = END_NAMES[edition];
  const causal = padding === "causal";
  return {
    specs: bcResNetSpecs(layout, edition, channels),
    channels: layout.headChannels,
    forward(state, given, mode) {
      const logmel = given as tf.Tensor3D | tf.Tensor4D;
      const [first, ...others] = layout.blocks;
      let x = names.firstNorm === null
        ? inputAndFirstPointwise(state, logmel, first!, mode, causal)
        : normalisedInput(state, logmel, names.first, names.firstNorm, mode, causal);
      const isMapped = names.firstNorm === null;
      x = applyBlock(state, x, first!, edition, mode, { causal, rate: dropout.transition, isMapped });
      for (const block of others) {
        const rate = dropout[block.kind];
        x = applyBlock(state, x, block, edition, mode, { causal, rate, isMapped: false });
      }
      return headOf(state, x, names, mode, causal);
    },
  };
}

/** The last convolution, and the 1x1 convolution before the classifier. */
function headOf(
  state: NetworkState,
  x: tf.Tensor4D,
  names: EndNames,
  mode: ForwardMode,
  causal: boolean,
): tf.Tensor4D {
  const weight = stateTensor<tf.Tensor4D>(state, `${names.last}.weight`);
  const bias = names.headNorm === null
    ? stateTensor<tf.Tensor1D>(state, `${names.last}.bias`)
    : tf.zeros<tf.Rank.R1>([weight.shape[0]]);
  const row = lastConv(x, weight, bias, mode.frames, causal);
  const mapped = pointwiseConv(row, stateTensor(state, `${names.head}.weight`));
  return names.headNorm === null
    ? mapped
    : normRelu(mapped, batchNormState(state, names.headNorm), normOf(mode));
}

function normalisedInput(
  state: NetworkState,
  logmel: tf.Tensor3D | tf.Tensor4D,
  convolution: string,
  norm: string,
  mode: ForwardMode,
  causal: boolean,
): tf.Tensor4D {
  const weight = stateTensor<tf.Tensor4D>(state, `${convolution}.weight`);
  const x = inputConv(logmel, weight, tf.zeros<tf.Rank.R1>([weight.shape[0]]), mode.frames, causal);
  return normRelu(x, batchNormState(state, norm), normOf(mode));
}

export function normOf({ training, frames }: ForwardMode) {
  return { training, ...(frames && { validFrames: frames }) };
}

/**
 * Where the first convolution and the 1x1 convolution of the first block have nothing between them, their kernels are
 * multiplied first, which halves the channels that the larger of the two has to make.
 */
function inputAndFirstPointwise(
  state: NetworkState,
  logmel: tf.Tensor3D | tf.Tensor4D,
  block: BlockLayout,
  { frames }: ForwardMode,
  causal: boolean,
): tf.Tensor4D {
  const { inChannels, outChannels } = block;
  const pointwise = asMatrix(
    stateTensor(state, `${blockNames("heung", block).conv1x1_1}.weight`),
    outChannels,
    inChannels,
  );
  const first = stateTensor<tf.Tensor4D>(state, "conv1.weight");
  const kernel = matmul(pointwise, asMatrix(first, inChannels, first.size / inChannels));
  const bias = matmul(pointwise, asMatrix(stateTensor(state, "conv1.bias"), inChannels, 1));
  return inputConv(
    logmel,
    tf.reshape(kernel, [outChannels, first.shape[1], 5, 5]),
    tf.reshape(bias, [outChannels]),
    frames,
    causal,
  );
}

interface BlockMode {
  readonly causal: boolean;
  /** Share of channels that are dropped. */
  readonly rate: number;
  /** Whether its first product has been done. */
  readonly isMapped: boolean;
}

function applyBlock(
  state: NetworkState,
  x: tf.Tensor4D,
  block: BlockLayout,
  edition: Edition,
  mode: ForwardMode,
  { causal, rate, isMapped }: BlockMode,
): tf.Tensor4D {
  const names = blockNames(edition, block);
  const weight = (layer: keyof BlockNames) => stateTensor<tf.Tensor4D>(state, `${names[layer]}.weight`);
  const norm = (layer: keyof BlockNames) => batchNormState(state, names[layer]);
  const options = {
    ...normOf(mode),
    dilation: block.dilation,
    causal,
    groups: block.groups,
    ...(mode.training && mode.dropout ? { dropout: { rate, rng: mode.dropout.fork(drawName(block)) } } : {}),
  };
  const shared = {
    freq_dw_conv: weight("freq_dw_conv"),
    temp_dw_conv: weight("temp_dw_conv"),
    ssn: norm("ssn"),
    bn2: norm("bn2"),
    conv1x1_2: weight("conv1x1_2"),
  };
  if (block.kind === "broadcasted") return broadcastedBlock(x, shared, options);
  const tensors = {
    ...shared,
    ...(isMapped ? {} : { conv1x1_1: weight("conv1x1_1") }),
    bn1: norm("bn1"),
  };
  return transitionBlock(x, tensors, { ...options, strideF: block.strideF });
}

/** What a block's dropout is drawn by: the same in both editions. */
function drawName({ stage, place }: BlockLayout): string {
  return `block${stage + 1}_${place + 1}`;
}
