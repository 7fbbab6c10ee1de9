/** Tensors of layers that several models have, as PyTorch names, shapes and draws them. */
import type { BatchNormState } from "../kernels/batch_norm/op.ts";
import { constant, uniformByFanIn } from "../nn/init.ts";
import { stateTensor, stateVariable } from "../nn/state.ts";
import type { NetworkState, TensorSpec } from "../nn/types.ts";
import { modelParameter } from "./parameter.ts";

/** @param shape `[out, in / groups, height, width]`. */
export function convolutionWeight(
  name: string,
  shape: readonly [number, number, number, number],
): TensorSpec {
  const fanIn = shape[1] * shape[2] * shape[3];
  return modelParameter(`${name}.weight`, shape, uniformByFanIn(fanIn, shape[0] * fanIn));
}

/** Of a convolution or a linear layer. @param fanIn Inputs that one output sees. */
export function layerBias(name: string, size: number, fanIn: number): TensorSpec {
  return modelParameter(`${name}.bias`, [size], uniformByFanIn(fanIn, size));
}

export function batchNormSpecs(name: string, size: number): TensorSpec[] {
  return [
    modelParameter(`${name}.weight`, [size], constant(1, size)),
    modelParameter(`${name}.bias`, [size], constant(0, size)),
    ...runningSpecs(name, size),
  ];
}

/** All that a batch norm without scale and offset has. */
export function runningSpecs(name: string, size: number): TensorSpec[] {
  const buffer = (suffix: string, value: number): TensorSpec => ({
    name: `${name}.${suffix}`,
    shape: [size],
    role: "buffer",
    group: "model",
    trainable: false,
    init: constant(value, size),
  });
  return [buffer("running_mean", 0), buffer("running_var", 1)];
}

export function batchNormState(state: NetworkState, name: string): BatchNormState {
  return {
    affine: { weight: stateTensor(state, `${name}.weight`), bias: stateTensor(state, `${name}.bias`) },
    ...runningState(state, name),
  };
}

/** Of {@link runningSpecs}. */
export function runningState(state: NetworkState, name: string): BatchNormState {
  return {
    runningMean: stateVariable(state, `${name}.running_mean`),
    runningVar: stateVariable(state, `${name}.running_var`),
  };
}
