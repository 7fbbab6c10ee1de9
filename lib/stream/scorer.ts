/** From a stream of sound to probabilities: what any way of computing them gives. No logic. */

/** Probabilities of decisions that follow on each other. */
export interface Scores {
  /** Samples from the stream's beginning to the end of all that the first of these decisions heard: when it can be made. */
  readonly firstEnd: number;
  /** `[decisions, classes]` */
  readonly posteriors: Float32Array;
}

/** Makes decisions over a stream, one every {@link hopSamples}. */
export interface StreamScorer extends Disposable {
  /** What probabilities are of, in order. */
  readonly classes: readonly string[];
  /** In Hz. */
  readonly sampleRate: number;
  /** Samples from one decision to the next. */
  readonly hopSamples: number;
  /** Samples that a decision hears: none is made before the stream has as many, so that all of them are real. */
  readonly contextSamples: number;
  /**
   * Listens to a stream from its beginning to its end, to the last sample, whatever its blocks.
   * @param blocks At {@link sampleRate}. @returns Some decisions at a time.
   */
  score(blocks: AsyncIterable<Float32Array>): AsyncGenerator<Scores>;
}
