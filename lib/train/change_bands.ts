/** Changes what a front-end makes of a batch, before it is levelled out: see `BandChange`. */
import * as tf from "@tensorflow/tfjs";
import type { BandChange, Stretch } from "../augment/contract.ts";
import { eachChannel } from "../nn/channels.ts";

/**
 * @param x `[clips, bands, time]`, or `[clips, channels, bands, time]`, all channels alike. @param changes One for each clip.
 * @param frames `[clips]`: how many frames of each count; absent: all. Their mean is what hides others.
 */
export function changeBands(
  x: tf.Tensor,
  changes: readonly BandChange[],
  frames?: Int32Array,
): tf.Tensor {
  const channels = eachChannel(x).map((own) => changed(own, changes, frames));
  return x.rank < 4 ? channels[0]! : tf.stack(channels, 1);
}

function changed(x: tf.Tensor3D, changes: readonly BandChange[], frames?: Int32Array): tf.Tensor3D {
  const isWarped = changes.some(({ from }) => from !== null);
  return masked(isWarped ? warped(x, changes) : x, changes, frames);
}

/** By linear interpolation between bands. */
function warped(x: tf.Tensor3D, changes: readonly BandChange[]): tf.Tensor3D {
  const [clips, bands] = x.shape;
  const weights = new Float32Array(clips * bands * bands);
  changes.forEach(({ from }, clip) => {
    for (let band = 0; band < bands; band++) {
      const at = Math.min(bands - 1, from?.[band] ?? band);
      const below = Math.floor(at);
      const row = (clip * bands + band) * bands;
      weights[row + below] = 1 - (at - below);
      if (at > below) weights[row + below + 1] = at - below;
    }
  });
  return tf.matMul(tf.tensor3d(weights, [clips, bands, bands]), x);
}

function masked(x: tf.Tensor3D, changes: readonly BandChange[], frames?: Int32Array): tf.Tensor3D {
  if (!changes.some(({ bands, frames }) => bands.length + frames.length > 0)) return x;
  const [clips, bands, time] = x.shape;
  const seen = tf.mul(
    tf.tensor3d(seenOf(changes.map((change) => change.bands), bands), [clips, bands, 1]),
    tf.tensor3d(seenOf(changes.map((change) => change.frames), time), [clips, 1, time]),
  );
  const shown = tf.mul(x, seen);
  if (changes.every(({ fill }) => fill === "zero")) return shown as tf.Tensor3D;
  // A share of each value of a clip, 0 where it is padded or where zeros are to be seen.
  const weights = new Float32Array(clips * time);
  changes.forEach(({ fill }, clip) => {
    const own = frames?.[clip] ?? time;
    if (fill === "mean") weights.fill(1 / (bands * own), clip * time, clip * time + own);
  });
  const mean = tf.sum(tf.mul(x, tf.tensor3d(weights, [clips, 1, time])), [1, 2], true);
  return tf.add(shown, tf.mul(mean, tf.sub(1, seen)));
}

/** `[clips, size]`: 0 in the stretches, else 1. */
function seenOf(hidden: readonly (readonly Stretch[])[], size: number): Float32Array {
  const seen = new Float32Array(hidden.length * size).fill(1);
  hidden.forEach((own, clip) => {
    for (const [from, to] of own) seen.fill(0, clip * size + from, clip * size + Math.min(size, to));
  });
  return seen;
}
