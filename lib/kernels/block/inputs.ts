/** What a block's gradient may be asked for. */
import type * as tf from "@tensorflow/tfjs";
import type { AffineNorm } from "../batch_norm/types.ts";
import type { AnyBlockTensors } from "./types.ts";

/** By the names that gradients have too: those of the tensors, a normalisation's two as `ssn.weight`, `ssn.bias`. */
export function blockInputs(x: tf.Tensor, tensors: AnyBlockTensors<AffineNorm>): Record<string, tf.Tensor> {
  const { conv1x1_1, bn1, freq_dw_conv, ssn, temp_dw_conv, bn2, conv1x1_2 } = tensors;
  return {
    x,
    ...(conv1x1_1 && { conv1x1_1 }),
    ...(bn1 && affineOf("bn1", bn1)),
    freq_dw_conv,
    ...affineOf("ssn", ssn),
    temp_dw_conv,
    ...affineOf("bn2", bn2),
    conv1x1_2,
  };
}

function affineOf(name: string, { affine: { weight, bias } }: AffineNorm): Record<string, tf.Tensor> {
  return { [`${name}.weight`]: weight, [`${name}.bias`]: bias };
}
