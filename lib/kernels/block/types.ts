/** What BC-ResNet's blocks take besides their input, under one name each in all kernels. */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../base/random.ts";
import type { BatchNormState } from "../batch_norm/types.ts";

/**
 * Parameters of both kinds of block, as a transition block's PyTorch module calls them; a broadcasted block's has ssn1
 * for ssn, bn for bn2 and conv1x1 for conv1x1_2.
 */
export interface BlockTensors<Norm = BatchNormState> {
  /** `[C, 1, 3, 1]`. */
  readonly freq_dw_conv: tf.Tensor4D;
  readonly ssn: Norm;
  /** `[C, 1, 1, 3]`. */
  readonly temp_dw_conv: tf.Tensor4D;
  readonly bn2: Norm;
  /** `[C, C, 1, 1]`. */
  readonly conv1x1_2: tf.Tensor4D;
}

export interface TransitionBlockTensors<Norm = BatchNormState> extends BlockTensors<Norm> {
  /** `[C, in, 1, 1]`; absent where the convolution before the block has taken it in. */
  readonly conv1x1_1?: tf.Tensor4D;
  readonly bn1: Norm;
}

/** Of either kind. */
export type AnyBlockTensors<Norm = BatchNormState> =
  & BlockTensors<Norm>
  & Partial<TransitionBlockTensors<Norm>>;

export interface BlockOptions {
  readonly training: boolean;
  /** Frames between the taps of the convolution over time. */
  readonly dilation: number;
  /** Whether that convolution sees the frames before a frame alone, and not as many behind it. False by default. */
  readonly causal?: boolean;
  /** Heights of the groups of sub-spectral normalisation, from low to high frequency. */
  readonly groups: readonly number[];
  readonly dropout?: { readonly rate: number; readonly rng: Rng };
  /** `[B]`: frames of each clip that count; whatever the others hold, they are zero in the output. All by default. */
  readonly validFrames?: Int32Array;
}

export interface TransitionBlockOptions extends BlockOptions {
  /** 2 halves the height. */
  readonly strideF: 1 | 2;
}

/** How many frames before its own an output's middle tap is. */
export function delayOf({ causal = false, dilation }: Pick<BlockOptions, "causal" | "dilation">): number {
  return causal ? dilation : 0;
}
