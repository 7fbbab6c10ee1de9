/**
 * Sizes that are only known when a graph runs: clips of a batch, samples of a clip, frames of a clip. A forward pass is
 * written down at several of them; a size that differs from pass to pass must follow from these three.
 */

/** A size in each of the passes. */
export type Sizes = readonly number[];

/** What varies from pass to pass. */
export interface Lengths {
  readonly batch: Sizes;
  readonly samples: Sizes;
  readonly frames: Sizes;
  /** Frames of a clip are `floor((samples + offset) / hop)`. */
  readonly framing: { readonly offset: number; readonly hop: number };
}

/** Thrown where something depends on lengths in a way that a graph cannot follow. Tells what, as a noun. */
export class DependsOnLength extends Error {}

export function isFixed(sizes: Sizes): boolean {
  return sizes.every((size) => size === sizes[0]);
}

/** The size that all passes have. @throws {DependsOnLength} If they differ. */
export function fixed(sizes: Sizes, what: string): number {
  if (isFixed(sizes)) return sizes[0]!;
  throw new DependsOnLength(what);
}

export function sameSizes(a: Sizes, b: Sizes): boolean {
  return a.every((size, i) => size === b[i]);
}

/** `factor` times one of the lengths, plus `more`. */
export interface LengthTerm {
  readonly of: "batch" | "samples" | "frames";
  readonly factor: number;
  readonly more: number;
}

/** A size that varies, as a term of a length. @throws {DependsOnLength} If it is none. */
export function termOf(sizes: Sizes, lengths: Lengths, what: string): LengthTerm {
  for (const name of ["batch", "samples", "frames"] as const) {
    const other = lengths[name];
    const i = other.findIndex((size) => size !== other[0]);
    if (i < 0) continue;
    const factor = (sizes[i]! - sizes[0]!) / (other[i]! - other[0]!);
    const more = sizes[0]! - factor * other[0]!;
    const fits = Number.isInteger(factor) && sizes.every((size, j) => size === factor * other[j]! + more);
    if (fits) return { of: name, factor, more };
  }
  throw new DependsOnLength(what);
}

/** No front-end sees more before its second frame. */
const MOST_SAMPLES = 2 ** 20;

/**
 * How frames follow from samples.
 * @param frames Of a clip of so many samples; 0 if it is too short.
 * @throws {DependsOnLength} If not by a division.
 */
export function framingOf(frames: (samples: number) => number, hop: number): Lengths["framing"] {
  let least = 2;
  while (frames(least - 1) === 0 || frames(least) === frames(least - 1)) {
    if (least > MOST_SAMPLES) throw new DependsOnLength("the number of frames");
    least++;
  }
  // A clip of `least` samples is the shortest of so many frames.
  const offset = frames(least) * hop - least;
  for (let samples = least; samples < least + 3 * hop; samples++) {
    if (frames(samples) !== Math.floor((samples + offset) / hop)) {
      throw new DependsOnLength("the number of frames");
    }
  }
  return { offset, hop };
}
