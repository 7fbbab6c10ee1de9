/** {@link patches} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { type PatchGeometry, patchSizes } from "./types.ts";

/** Divides the image by what a place's index leaves over when divided by the stride: then each tap is one slice. */
export function patchesComposite(x: tf.Tensor3D, geometry: PatchGeometry): tf.Tensor4D {
  const { height, width, strideF, strideT } = geometry;
  const [batch, bands, frames] = x.shape;
  const { padF, padT, wideRows, wideFrames, outRows, outFrames } = patchSizes(bands, frames, geometry);
  const [rows, columns] = [Math.ceil(wideRows / strideF), Math.ceil(wideFrames / strideT)];
  const whole = tf.pad(x, [
    [0, 0],
    [padF, rows * strideF - padF - bands],
    [padT, columns * strideT - padT - frames],
  ]);
  const apart = tf.transpose(tf.reshape(whole, [batch, rows, strideF, columns, strideT]), [2, 4, 0, 1, 3]);
  const phases = tf.reshape(apart, [strideF * strideT, batch, rows, columns]);
  const taps = Array.from({ length: height * width }, (_, tap) => {
    const [i, j] = [Math.floor(tap / width), tap % width];
    const begin = [i % strideF * strideT + j % strideT, 0, Math.floor(i / strideF), Math.floor(j / strideT)];
    const seen = tf.slice(phases, begin, [1, batch, outRows, outFrames]);
    return tf.reshape(seen, [1, batch * outRows * outFrames]);
  });
  const byPlace = tf.transpose(tf.concat(taps, 0), [1, 0]);
  return tf.reshape(byPlace, [batch, outRows, outFrames, height * width]);
}
