/**
 * From probabilities over time to words: they are averaged over the last windows, and the likeliest word is detected
 * where its mean passes a threshold. Pure.
 *
 * @see Chen, Parada, Heigold: Small-footprint keyword spotting using deep neural networks, ICASSP 2014 (posterior
 *   handling)
 */

export interface DetectorOptions {
  readonly classes: readonly string[];
  /** Windows that are averaged; from 1. */
  readonly smoothing: number;
  /** Least mean probability, in (0, 1]. */
  readonly threshold: number;
  /** A word is not detected again before it was less likely than the threshold, nor within this time. */
  readonly pauseSeconds: number;
}

export interface Detection {
  readonly label: string;
  /** Mean probability when it passed the threshold. */
  readonly probability: number;
  /** Of the end of the window that decided, from the stream's beginning. */
  readonly seconds: number;
}

export class Detector {
  threshold: number;
  readonly #options: DetectorOptions;
  readonly #recent: Float32Array[] = [];
  /** Time of each class's last detection. */
  readonly #last = new Map<number, number>();
  /** The class that is above the threshold now. */
  #held = -1;

  constructor(options: DetectorOptions) {
    this.#options = options;
    this.threshold = options.threshold;
  }

  /** @param probabilities `[classes]` of a window that ends at `seconds`. @returns `[classes]`, and a word if one begins. */
  add(
    probabilities: Float32Array,
    seconds: number,
  ): { readonly smoothed: Float32Array; readonly detection?: Detection } {
    const { classes, smoothing, pauseSeconds } = this.#options;
    this.#recent.push(probabilities);
    if (this.#recent.length > smoothing) this.#recent.shift();
    const smoothed = probabilities.map((_, c) =>
      this.#recent.reduce((sum, window) => sum + window[c]!, 0) / this.#recent.length
    );
    const best = smoothed.indexOf(Math.max(...smoothed));
    const isWord = !classes[best]!.startsWith("_");
    if (!isWord || smoothed[best]! < this.threshold) {
      this.#held = -1;
      return { smoothed };
    }
    const since = seconds - (this.#last.get(best) ?? -Infinity);
    if (this.#held === best || since < pauseSeconds) return { smoothed };
    this.#held = best;
    this.#last.set(best, seconds);
    return { smoothed, detection: { label: classes[best]!, probability: smoothed[best]!, seconds } };
  }
}
