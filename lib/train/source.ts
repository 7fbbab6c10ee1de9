/** What training and evaluation read clips from. No logic. */

export interface Batch {
  /** `[clips, ...shape]`, row-major; the next read may overwrite it. */
  readonly features: Float32Array;
  /** `[clips]`. */
  readonly labels: Int32Array;
}

export interface BatchSource {
  /** Number of clips. */
  readonly count: number;
  /** Shape of one clip's features. */
  readonly shape: readonly number[];
  /** `[count]`: class indices of all clips. */
  readonly labels: Int32Array;
  /** @param rows Clips from 0 to count - 1, in any order, repeats allowed. */
  read(rows: ArrayLike<number>): Promise<Batch>;
}
