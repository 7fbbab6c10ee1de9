/** How long a clip must be for its labels. Pure. */

/**
 * The least number of frames that can spell out the labels: one each, and a blank between two that are the same. With
 * fewer, no path exists and the loss of connectionist temporal classification is infinite.
 */
export function leastFrames(labels: ArrayLike<number>): number {
  let frames = labels.length;
  for (let i = 1; i < labels.length; i++) {
    if (labels[i] === labels[i - 1]) frames++;
  }
  return Math.max(1, frames);
}

/** 1 for each clip whose labels fit in its frames, else 0. */
export function feasibleClips(
  labels: Int32Array,
  labelLengths: Int32Array,
  frames: Int32Array,
): Float32Array {
  const most = labels.length / frames.length;
  return Float32Array.from(frames, (count, clip) => {
    const own = labels.subarray(clip * most, clip * most + labelLengths[clip]!);
    return leastFrames(own) <= count ? 1 : 0;
  });
}
