/** The part of an LSTM that goes from frame to frame, from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { frameByFrame, frameMask } from "../operation/valid_frames.ts";

/**
 * @param projected `[B, T, 8 H]`: `W x` of the forward direction's four gates, then of the backward direction's.
 * @param recurrentWeight `[8 H, H]`. @param bias `[8 H]`. @returns `[B, T, 2 H]`.
 */
export function lstmRecurrenceComposite(
  projected: tf.Tensor3D,
  recurrentWeight: tf.Tensor2D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
): tf.Tensor3D {
  const [, frames] = projected.shape;
  const masks = validFrames === undefined
    ? undefined
    : tf.split(frameMask(validFrames, frames), frames, 1) as tf.Tensor2D[];
  const inputs = tf.split(tf.add(projected, bias), 2, 2);
  const weights = tf.split(recurrentWeight, 2, 0);
  const [forward, backward] = [false, true].map((reversed, direction) =>
    oneDirection(
      frameByFrame(inputs[direction] as tf.Tensor3D),
      weights[direction] as tf.Tensor2D,
      masks,
      reversed,
    )
  ) as [tf.Tensor3D, tf.Tensor3D];
  return tf.concat([forward, backward], 2);
}

/** @param inputs For each frame `[B, 4 H]`. @param masks For each frame `[B, 1]`, 0 where it does not count. */
function oneDirection(
  inputs: readonly tf.Tensor2D[],
  weight: tf.Tensor2D,
  masks: readonly tf.Tensor2D[] | undefined,
  reversed: boolean,
): tf.Tensor3D {
  const [batch] = inputs[0]!.shape;
  const hidden = weight.shape[1];
  let [h, c]: tf.Tensor[] = [tf.zeros([batch, hidden]), tf.zeros([batch, hidden])];
  const outputs: tf.Tensor[] = [];
  const order = inputs.map((_, t) => (reversed ? inputs.length - 1 - t : t));
  for (const t of order) {
    const gates = tf.add(inputs[t]!, tf.matMul(h as tf.Tensor2D, weight, false, true));
    const [i, f, g, o] = tf.split(gates, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    c = tf.add(tf.mul(tf.sigmoid(f), c!), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    if (masks !== undefined) [h, c] = [tf.mul(h, masks[t]!), tf.mul(c, masks[t]!)]; // the state stays zero in padding
    outputs[t] = h;
  }
  return tf.stack(outputs, 1) as tf.Tensor3D;
}
