/**
 * DS-CNN for any number of bands and frames. Its tensors are named and shaped as those of a PyTorch module with `conv`
 * and `bn`, `blocks.I` of `depthwise`, `bn1`, `pointwise` and `bn2`, and `classifier`, on images of bands by frames.
 *
 * Each convolution is padded as the authors' TensorFlow pads an odd number of frames: where that would begin a block of
 * stride 2 on an even number without a zero before it, here one stands there, so that no clip depends on how long it is.
 */
import * as tf from "@tensorflow/tfjs";
import { depthwiseConv } from "../../kernels/depthwise_conv/op.ts";
import { linear } from "../../kernels/linear/op.ts";
import { normRelu } from "../../kernels/norm_relu/op.ts";
import { zeroPadding } from "../../kernels/operation/valid_frames.ts";
import { patches } from "../../kernels/patches/op.ts";
import { pointwiseConv } from "../../kernels/pointwise_conv/op.ts";
import { uniformByFanIn } from "../../nn/init.ts";
import { stateTensor } from "../../nn/state.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../../nn/types.ts";
import { clipMean } from "../clip_mean.ts";
import { eachChannel } from "../../nn/channels.ts";
import type { Body, ModelInput } from "../contract.ts";
import { batchNormSpecs, batchNormState, convolutionWeight, layerBias } from "../layers.ts";
import { modelParameter } from "../parameter.ts";
import type { Config } from "./kind.ts";
import { BLOCK_KERNEL, type DsCnnLayout, FIRST, LAYOUTS } from "./layout.ts";

export function body({ size }: Config, { channels }: ModelInput, classes: number): Body {
  const layout = LAYOUTS[size];
  return {
    specs: specsOf(layout, channels, classes),
    forward(state, bands, mode) {
      let x = firstConvolution(state, bands, layout, mode.frames);
      let frames = halved(mode.frames, FIRST.strideT);
      x = normRelu(x, batchNormState(state, "bn"), normOf(mode, frames));
      for (const [i, stride] of layout.strides.entries()) {
        frames = halved(frames, stride);
        x = block(state, x, `blocks.${i}`, stride, mode, frames);
      }
      const { weight, bias } = layerOf(state, "classifier");
      return linear(clipMean(x, frames), weight as tf.Tensor2D, bias);
    },
  };
}

/** @param inputs Channels that it sees. */
function specsOf({ channels, strides }: DsCnnLayout, inputs: number, classes: number): TensorSpec[] {
  const convolution = (name: string, inputs: number, height: number, width: number) => [
    convolutionWeight(name, [channels, inputs, height, width]),
    layerBias(name, channels, inputs * height * width),
  ];
  return [
    ...convolution("conv", inputs, FIRST.height, FIRST.width),
    ...batchNormSpecs("bn", channels),
    ...strides.flatMap((_, i) => [
      ...convolution(`blocks.${i}.depthwise`, 1, BLOCK_KERNEL, BLOCK_KERNEL),
      ...batchNormSpecs(`blocks.${i}.bn1`, channels),
      ...convolution(`blocks.${i}.pointwise`, channels, 1, 1),
      ...batchNormSpecs(`blocks.${i}.bn2`, channels),
    ]),
    modelParameter("classifier.weight", [classes, channels], uniformByFanIn(channels, classes * channels)),
    layerBias("classifier", classes, channels),
  ];
}

/** Four bands by ten frames of each channel, as a product with what lies under the kernel. @returns `[B, F, T, C]`. */
function firstConvolution(
  state: NetworkState,
  bands: tf.Tensor,
  { channels, firstStrideF }: DsCnnLayout,
  frames: Int32Array | undefined,
): tf.Tensor4D {
  const { weight, bias } = layerOf(state, "conv");
  const { height, width, strideT } = FIRST;
  const seen = eachChannel(bands).map((own) => {
    const heard = frames === undefined
      ? own
      : tf.squeeze<tf.Tensor3D>(zeroPadding(tf.expandDims(own, 3), frames), [3]);
    return patches(heard, { height, width, strideF: firstStrideF, strideT });
  });
  const all = seen.length === 1 ? seen[0]! : tf.concat(seen, 3);
  return pointwiseConv(all, tf.reshape(weight, [channels, weight.size / channels, 1, 1]), bias);
}

function block(
  state: NetworkState,
  x: tf.Tensor4D,
  name: string,
  stride: number,
  mode: ForwardMode,
  frames: Int32Array | undefined,
): tf.Tensor4D {
  const norm = normOf(mode, frames);
  const depthwise = layerOf(state, `${name}.depthwise`);
  const own = depthwiseConv(x, depthwise.weight as tf.Tensor4D, depthwise.bias, {
    strideF: stride,
    strideT: stride,
  });
  const active = normRelu(own, batchNormState(state, `${name}.bn1`), norm);
  const pointwise = layerOf(state, `${name}.pointwise`);
  const mixed = pointwiseConv(active, pointwise.weight as tf.Tensor4D, pointwise.bias);
  return normRelu(mixed, batchNormState(state, `${name}.bn2`), norm);
}

function layerOf(
  state: NetworkState,
  name: string,
): { readonly weight: tf.Tensor; readonly bias: tf.Tensor1D } {
  return { weight: stateTensor(state, `${name}.weight`), bias: stateTensor(state, `${name}.bias`) };
}

function normOf({ training }: ForwardMode, frames: Int32Array | undefined) {
  return { training, ...(frames && { validFrames: frames }) };
}

/** Frames that count behind a convolution of this stride. */
function halved(frames: Int32Array | undefined, stride: number): Int32Array | undefined {
  return frames?.map((own) => Math.ceil(own / stride));
}
