/**
 * Statistics and factors of sub-spectral normalisation as small tables. A table `[G, C]` has one number for each
 * group and channel; a plane `[1, F T C]` repeats it at every place of a clip, so that applying it to
 * `[B, F T C]` broadcasts over long rows only, which is fast on every backend.
 */
import * as tf from "@tensorflow/tfjs";
import { matmul } from "../standard/matmul.ts";
import { rowMeans } from "../standard/reduce.ts";
import { countFrames, zeroPadding } from "../operation/valid_frames.ts";

export class Grouping {
  readonly groups: readonly number[];
  readonly shape: readonly [number, number, number, number];
  readonly #validFrames: Int32Array | undefined;

  /** @param validFrames `[B]`: frames of each clip that count; undefined: all. */
  constructor(
    groups: readonly number[],
    shape: readonly [number, number, number, number],
    validFrames?: Int32Array,
  ) {
    this.groups = groups;
    this.shape = shape;
    this.#validFrames = validFrames;
  }

  /** Values that a group's statistics are taken over, for each group: `[G, 1]`. */
  counts(): tf.Tensor2D {
    return tf.tensor2d(this.groups.map((rows) => [rows * this.#places()]));
  }

  /** `[B, F, T, C]` (or the same values flat) to means `[G, C]` of what counts. */
  means(x: tf.Tensor): tf.Tensor2D {
    const means = matmul(this.#averaging(), rowMeans(this.keepValid(x)));
    if (this.#validFrames === undefined) return means;
    const [batch, , frames] = this.shape;
    return tf.mul(means, batch * frames / this.#places());
  }

  /** `[B, F, T, C]` (or the same values flat) with zeros where frames do not count. */
  keepValid(x: tf.Tensor): tf.Tensor4D {
    return zeroPadding(tf.reshape(x, [...this.shape]), this.#validFrames);
  }

  /** `[G, C]` to `[1, F T C]`. */
  plane(table: tf.Tensor2D): tf.Tensor2D {
    const [, rows, frames, channels] = this.shape;
    const byRow = tf.reshape(matmul(this.#membership(), table), [rows, 1, channels]);
    return tf.reshape(tf.add(byRow, tf.zeros([1, frames, 1])), [1, rows * frames * channels]);
  }

  /** `[B, F, T, C]` to `[B, F T C]`. */
  flat(x: tf.Tensor): tf.Tensor2D {
    const [batch, rows, frames, channels] = this.shape;
    return tf.reshape(x, [batch, rows * frames * channels]);
  }

  /** A parameter `[C G]` to a table `[G, C]`. */
  table(parameter: tf.Tensor1D): tf.Tensor2D {
    return tf.transpose(tf.reshape(parameter, [this.shape[3], this.groups.length]));
  }

  /** A table `[G, C]` to a parameter `[C G]`. */
  parameter(table: tf.Tensor2D): tf.Tensor1D {
    return tf.reshape(tf.transpose(table), [this.shape[3] * this.groups.length]);
  }

  /** Clips times frames that count. */
  #places(): number {
    const [batch, , frames] = this.shape;
    return countFrames(this.#validFrames, batch, frames);
  }

  /** `[F, G]`: 1 where a row belongs to a group. */
  #membership(): tf.Tensor2D {
    return tf.tensor2d(
      this.groups.flatMap((rows, group) =>
        Array.from({ length: rows }, () => this.groups.map((_, g) => (g === group ? 1 : 0)))
      ),
    );
  }

  /** `[G, F]`: takes the mean over a group's rows. */
  #averaging(): tf.Tensor2D {
    return tf.tensor2d(
      this.groups.map((rows, group) =>
        this.groups.flatMap((count, g) => Array.from({ length: count }, () => (g === group ? 1 / rows : 0)))
      ),
    );
  }
}
