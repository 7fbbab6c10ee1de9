/** A bidirectional LSTM as a layer with names and initial values of its own. */
import * as tf from "@tensorflow/tfjs";
import { linear } from "../kernels/linear/op.ts";
import { bidirectionalLstm, type LstmWeights } from "../kernels/lstm/op.ts";
import { asMatrix } from "../kernels/standard/matmul.ts";
import { uniformByFanIn } from "../nn/init.ts";
import { stateTensor } from "../nn/state.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../nn/types.ts";
import { modelParameter } from "./parameter.ts";

/** State of each direction, as in the paper. */
export const HIDDEN = 32;

export interface Bilstm {
  readonly specs: readonly TensorSpec[];
  /** @param x `[B, T, inputs]`. @returns `[B, T, 2 HIDDEN]`, zero in frames of padding. */
  forward(state: NetworkState, x: tf.Tensor3D, mode: ForwardMode): tf.Tensor3D;
}

/** One layer, named as torch.nn.LSTM names it; every value starts uniform within `1 / sqrt(HIDDEN)`. */
export function bilstm(inputs: number): Bilstm {
  return {
    specs: ["", REVERSE].flatMap((direction) => [
      parameter(`weight_ih_l0${direction}`, [4 * HIDDEN, inputs]),
      parameter(`weight_hh_l0${direction}`, [4 * HIDDEN, HIDDEN]),
      parameter(`bias_ih_l0${direction}`, [4 * HIDDEN]),
      parameter(`bias_hh_l0${direction}`, [4 * HIDDEN]),
    ]),
    forward: (state, x, mode) =>
      bidirectionalLstm(x, weightsOf(state, ""), weightsOf(state, REVERSE), mode.frames),
  };
}

/** Classes of every frame by itself. @param heard `[B, T, inputs]`. @param weight `[classes, inputs]`. @returns `[B, T, classes]`. */
export function classifyFrames(heard: tf.Tensor3D, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor3D {
  const [batch, frames, channels] = heard.shape;
  const logits = linear(asMatrix(heard, batch * frames, channels), weight, bias);
  return tf.reshape(logits, [batch, frames, weight.shape[0]]);
}

const REVERSE = "_reverse";

function parameter(name: string, shape: readonly number[]): TensorSpec {
  return modelParameter(`lstmlayer.${name}`, shape, uniformByFanIn(HIDDEN, shape.reduce((n, m) => n * m)));
}

function weightsOf(state: NetworkState, direction: string): LstmWeights {
  return {
    inputWeight: stateTensor(state, `lstmlayer.weight_ih_l0${direction}`),
    recurrentWeight: stateTensor(state, `lstmlayer.weight_hh_l0${direction}`),
    inputBias: stateTensor(state, `lstmlayer.bias_ih_l0${direction}`),
    recurrentBias: stateTensor(state, `lstmlayer.bias_hh_l0${direction}`),
  };
}
