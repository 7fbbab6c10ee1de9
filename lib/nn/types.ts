/** The contract between front-ends, models, training and evaluation. No logic. */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../base/random.ts";

/** STFT kernels, Mel filters, everything behind the front-end: their gradients differ by orders of magnitude. */
export type ParameterGroup = "stft" | "mel" | "model";

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
}

/** How far a clip has been transformed: what `features` caches and a network takes in. */
export type Representation =
  /** `[samples]`, in [-1, 1). */
  | "waveform"
  /** `[frames, bins]`, power spectrogram. */
  | "power"
  /** `[frames, bins]`, its root. */
  | "magnitude"
  /** `[n_mels, frames]`, natural log of Mel energies. */
  | "logmel"
  /** `[n_mels, frames]`, energies of bands in decibels. */
  | "decibels";

/** A front-end and a model joined, taking in what the frozen prefix left off at. Holds no tensors itself. */
interface JoinedNetwork<Size> {
  readonly specs: readonly TensorSpec[];
  readonly input: { readonly representation: Representation; readonly shape: readonly Size[] };
  readonly classes: number;
  /** Brings trained parameters back into their allowed set after a step (Mel weights into [0, 1]). */
  project(state: NetworkState): void;
}

/** One decision for each clip; all clips are equally long. */
export interface Network extends JoinedNetwork<number> {
  /** @param batch `[batch, ...input.shape]`, float32. @returns Logits `[batch, classes]`. */
  forward(state: NetworkState, batch: tf.Tensor, mode: ForwardMode): tf.Tensor2D;
}

/** One decision for each frame of clips of any length: `null` in `input.shape` is the axis that varies. */
export interface SequenceNetwork extends JoinedNetwork<number | null> {
  /**
   * @param batch `[batch, ...input.shape]`, float32, padded with zeros. A waveform is first extended behind its end by
   *   its own reflection, `padSamples(nFft)` samples, so that its last frames are those of the clip alone.
   * @returns Logits `[batch, frames, classes]`, as many frames as the longest clip has; those of padding mean nothing.
   */
  forward(state: NetworkState, batch: tf.Tensor, mode: ForwardMode): tf.Tensor3D;
}
