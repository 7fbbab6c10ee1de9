/**
 * From probabilities over time to words: they are averaged over the last windows, and the likeliest word is detected
 * where its mean passes a threshold. Pure.
 *
 * @see Chen, Parada, Heigold: Small-footprint keyword spotting using deep neural networks, ICASSP 2014 (posterior
 *   handling)
 */

/** When a word counts as heard. */
export interface DetectorOptions {
  /** In the order of probabilities; names that begin with `_` are no words. */
  readonly classes: readonly string[];
  /** Windows that are averaged; from 1. */
  readonly smoothing: number;
  /** Least mean probability, in (0, 1]. */
  readonly threshold: number;
  /** A word is not detected again before it was less likely than the threshold, nor within this time. */
  readonly pauseSeconds: number;
}

/** A word that begins. */
export interface Detection {
  /** The word. */
  readonly label: string;
  /** Mean probability when it passed the threshold. */
  readonly probability: number;
  /** Of the end of the window that decided, from the stream's beginning. */
  readonly seconds: number;
}

/**
 * Says when a word begins: where its mean probability over the last windows passes a threshold.
 *
 * ```ts
 * import { Detector } from "./lib/mod.ts";
 *
 * const detector = new Detector({ classes, smoothing: 2, threshold: 0.6, pauseSeconds: 0.5 });
 * const { detection } = detector.add(Float32Array.of(0.1, 0.9), 1);
 * console.log(detection?.label); // high
 * ```
 */
export class Detector {
  /** Least mean probability; may be changed. */
  threshold: number;
  readonly #options: DetectorOptions;
  readonly #recent: Float32Array[] = [];
  /** Time of each class's last detection. */
  readonly #last = new Map<number, number>();
  /** The class that is above the threshold now. */
  #held = -1;

  /** A detector that has heard nothing yet. */
  constructor(options: DetectorOptions) {
    this.#options = options;
    this.threshold = options.threshold;
  }

  /**
   * Takes in the next window.
   * @param probabilities `[classes]` of a window that ends at `seconds`. @returns `[classes]`, and a word if one begins.
   */
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
