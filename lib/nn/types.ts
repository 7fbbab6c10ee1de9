/** The contract between front-ends, models, training and evaluation. No logic. */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../base/random.ts";

/**
 * Everything behind the front-end is `model`; of the front-end the part's name: `stft`, `mel`, `pcen`, ... Their gradients
 * differ by orders of magnitude.
 */
export type ParameterGroup = string;

/**
 * One named array of a network's state, named and shaped as the PyTorch module names and shapes it
 * (`mel_layer.mel_basis` `[n_mels, bins]`, `linearlayer.weight` `[out, in]`, convolutions `[out, in, height, width]`).
 */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Parameters are what an optimizer may change; buffers are running statistics. */
  readonly role: "parameter" | "buffer";
  /** Parameter groups may have learning rates and weight decays of their own. */
  readonly group: ParameterGroup;
  /** False for a frozen parameter and for every buffer. */
  readonly trainable: boolean;
  /** The initial values, drawn from a generator forked by this name. */
  init(rng: Rng): Float32Array;
}

/** Name -> variable, for every TensorSpec of a network. */
export type NetworkState = ReadonlyMap<string, tf.Variable>;

export interface ForwardMode {
  /** True: batch statistics normalise and running statistics are updated; dropout is active if `dropout` is given. */
  readonly training: boolean;
  readonly dropout?: Rng;
  /**
   * `[batch]`: how many frames of each clip count, where clips of different lengths are padded at their end to one
   * batch; the longest fills it. Padding changes no result and no statistic. Absent: all frames count.
   */
  readonly frames?: Int32Array;
  /** Changes `[batch, bands, time]`, or the same of several channels, before steps that only level values out: in training, where it is augmented. */
  readonly change?: (bands: tf.Tensor) => tf.Tensor;
}
