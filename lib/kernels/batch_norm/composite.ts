/** {@link batchNorm} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { Grouping } from "./grouped.ts";
import { type BatchNormState, MOMENTUM } from "./types.ts";

export function batchNormComposite(
  x: tf.Tensor4D,
  state: BatchNormState,
  groups: readonly number[],
  training: boolean,
  validFrames: Int32Array | undefined,
  epsilon: number,
): tf.Tensor4D {
  const grouping = new Grouping(groups, x.shape, validFrames);
  return (training ? normaliseByBatch : normaliseByRunning)(x, state, grouping, epsilon);
}

/** With fixed statistics the whole is one factor and one offset; also serves gradients of an evaluated network. */
function normaliseByRunning(
  x: tf.Tensor4D,
  state: BatchNormState,
  grouping: Grouping,
  epsilon: number,
): tf.Tensor4D {
  const inverse = tf.rsqrt(tf.add(state.runningVar, epsilon)) as tf.Tensor1D;
  const centred = tf.sub(
    grouping.flat(x),
    grouping.plane(grouping.table(state.runningMean as unknown as tf.Tensor1D)),
  );
  const scaled = tf.mul(centred, grouping.plane(grouping.table(inverse)));
  return grouping.keepValid(affine(scaled, state, grouping));
}

function affine(flat: tf.Tensor, state: BatchNormState, grouping: Grouping): tf.Tensor {
  if (state.affine === undefined) return flat;
  const weight = grouping.plane(grouping.table(state.affine.weight));
  return tf.add(tf.mul(flat, weight), grouping.plane(grouping.table(state.affine.bias)));
}

function normaliseByBatch(
  x: tf.Tensor4D,
  state: BatchNormState,
  grouping: Grouping,
  epsilon: number,
): tf.Tensor4D {
  const { affine } = state;
  const inputs: Record<string, tf.Tensor> = affine === undefined ? { x } : { x, ...affine };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    inputs,
    (save) => {
      const mean = grouping.means(x);
      const centred = grouping.flat(grouping.keepValid(tf.sub(grouping.flat(x), grouping.plane(mean))));
      const variance = grouping.means(tf.square(centred)); // of centred values: no cancellation
      updateRunning(state, grouping, mean, variance);
      const inverse = tf.rsqrt(tf.add(variance, epsilon)) as tf.Tensor2D;
      const scale = affine === undefined
        ? inverse
        : tf.mul(inverse, grouping.table(affine.weight)) as tf.Tensor2D;
      save(centred, inverse, scale);
      const scaled = tf.mul(centred, grouping.plane(scale));
      const shifted = affine === undefined
        ? scaled
        : tf.add(scaled, grouping.plane(grouping.table(affine.bias)));
      return grouping.keepValid(shifted);
    },
    (dy, saved) => {
      const [centred, inverse, scale] = [
        savedAt(saved, 0),
        savedAt(saved, 1),
        savedAt<tf.Tensor2D>(saved, 2),
      ];
      const flat = grouping.flat(grouping.keepValid(dy));
      const meanDy = grouping.means(flat);
      const meanDyX = tf.mul(grouping.means(tf.mul(flat, centred)), inverse); // mean of dy times normalised x
      return {
        x: () => {
          const along = tf.mul(tf.mul(scale, inverse), meanDyX) as tf.Tensor2D;
          const offset = tf.mul(scale, meanDy) as tf.Tensor2D;
          const direct = tf.sub(tf.mul(flat, grouping.plane(scale)), grouping.plane(offset));
          return grouping.keepValid(tf.sub(direct, tf.mul(centred, grouping.plane(along))));
        },
        weight: () => grouping.parameter(tf.mul(meanDyX, grouping.counts()) as tf.Tensor2D),
        bias: () => grouping.parameter(tf.mul(meanDy, grouping.counts()) as tf.Tensor2D),
      };
    },
  );
}

/** `running = 0.9 running + 0.1 batch`; the variance kept is the unbiased one, divided by n - 1. */
function updateRunning(
  state: BatchNormState,
  grouping: Grouping,
  mean: tf.Tensor2D,
  variance: tf.Tensor2D,
): void {
  const counts = grouping.counts();
  const unbiased = tf.mul(variance, tf.div(counts, tf.sub(counts, 1))) as tf.Tensor2D;
  for (const [running, batch] of [[state.runningMean, mean], [state.runningVar, unbiased]] as const) {
    const moved = tf.mul(tf.sub(grouping.parameter(batch), running), MOMENTUM);
    running.assign(tf.add(running, moved));
  }
}
