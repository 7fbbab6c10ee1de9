/** Everything of MatchboxNet that lies before its classifier, with the names of NeMo's modules. */
import * as tf from "@tensorflow/tfjs";
import { depthwiseConv } from "../../kernels/depthwise_conv/op.ts";
import { norm } from "../../kernels/norm/op.ts";
import { zeroPadding } from "../../kernels/operation/valid_frames.ts";
import { pointwiseConv } from "../../kernels/pointwise_conv/op.ts";
import { xavierUniform } from "../../nn/init.ts";
import { stateTensor } from "../../nn/state.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../../nn/types.ts";
import type { Body } from "../contract.ts";
import { batchNormSpecs, batchNormState } from "../layers.ts";
import { modelParameter } from "../parameter.ts";
import type { Config } from "./kind.ts";
import { type BlockLayout, matchboxNetLayout } from "./layout.ts";
import { EPSILON, nameOf, pastOf, type Place, placesOf } from "./names.ts";

/** All but the classifier. */
export interface Backbone extends Body {
  /** Numbers for each frame. */
  readonly channels: number;
  /** @returns `[B, 1, T, channels]`, zero in frames that do not count. */
  forward(state: NetworkState, bands: tf.Tensor3D, mode: ForwardMode): tf.Tensor4D;
}

export function matchboxNetBackbone(config: Config, bands: number): Backbone {
  const layout = matchboxNetLayout(config, bands);
  return {
    specs: layout.flatMap((block, i) => blockSpecs(block, nameOf(i))),
    channels: layout.at(-1)!.channels,
    forward(state, x, mode) {
      const inTime = tf.expandDims(tf.transpose(x, [0, 2, 1]), 1) as tf.Tensor4D;
      return layout.reduce(
        (heard, block, i) => applyBlock(state, heard, block, nameOf(i), mode),
        zeroPadding(inTime, mode.frames),
      );
    },
  };
}

function blockSpecs(block: BlockLayout, name: string): TensorSpec[] {
  const { inputs, channels, width, residual } = block;
  const past = pastOf(name);
  return [
    ...placesOf(block, name).flatMap((place) => [
      ...(place.depthwise === null ? [] : [convolution(place.depthwise, [place.inputs, 1, width!])]),
      convolution(place.pointwise, [channels, place.inputs, 1]),
      ...batchNormSpecs(place.norm, channels),
    ]),
    ...(residual
      ? [convolution(past.pointwise, [channels, inputs, 1]), ...batchNormSpecs(past.norm, channels)]
      : []),
  ];
}

/** @param shape `[out, in / groups, width]`. */
function convolution(name: string, shape: readonly [number, number, number]): TensorSpec {
  const [out, inputs, width] = shape;
  const init = xavierUniform(inputs * width, out * width, out * inputs * width);
  return modelParameter(`${name}.weight`, shape, init);
}

/** `relu` after each convolution; behind the last, what has passed the block by is added first. */
function applyBlock(
  state: NetworkState,
  x: tf.Tensor4D,
  block: BlockLayout,
  name: string,
  { training, frames }: ForwardMode,
): tf.Tensor4D {
  const options = { training, epsilon: EPSILON, ...(frames && { validFrames: frames }) };
  const mapped = (from: tf.Tensor4D, layers: Pick<Place, "pointwise" | "norm">) => {
    const weight = kernelOf(state, layers.pointwise);
    return norm(
      pointwiseConv(from, tf.reshape(weight, [weight.shape[0], weight.shape[1], 1, 1])),
      batchNormState(state, layers.norm),
      options,
    );
  };
  const { dilation } = block;
  const through = placesOf(block, name).reduce((from, place, i) => {
    const active = i === 0 ? from : tf.relu(from);
    return mapped(
      place.depthwise === null ? active : inTime(active, kernelOf(state, place.depthwise), dilation),
      place,
    );
  }, x);
  return tf.relu(block.residual ? tf.add(through, mapped(x, pastOf(name))) : through);
}

/** @param x `[B, 1, T, C]`. @param weight `[C, 1, width]`. */
function inTime(x: tf.Tensor4D, weight: tf.Tensor3D, dilationT: number): tf.Tensor4D {
  const [channels, , width] = weight.shape;
  return depthwiseConv(x, tf.reshape(weight, [channels, 1, 1, width]), undefined, { dilationT });
}

function kernelOf(state: NetworkState, name: string): tf.Tensor3D {
  return stateTensor(state, `${name}.weight`);
}
