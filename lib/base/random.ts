/**
 * Seeded random numbers that are values: a generator is forked by label, so that a new consumer of randomness
 * never shifts the numbers another one gets. The generator is sfc32 (Doty-Humphrey, PractRand), seeded by SHA-256.
 */
import { sha256 } from "@noble/hashes/sha2.js";

export class Rng {
  readonly #path: string;
  readonly #s: Uint32Array;

  private constructor(path: string) {
    this.#path = path;
    const digest = new DataView(sha256(new TextEncoder().encode(path)).buffer);
    this.#s = new Uint32Array([0, 4, 8, 12].map((i) => digest.getUint32(i, true)));
  }

  /** @param seed Any integer or text; equal seeds give equal streams on every machine and backend. */
  static fromSeed(seed: number | string): Rng {
    return new Rng(`seed:${seed}`);
  }

  /** The generator that a {@link path} stands for, nothing drawn yet: how one comes to another thread. */
  static fromPath(path: string): Rng {
    return new Rng(path);
  }

  /** Its seed and the labels by which it was forked. */
  get path(): string {
    return this.#path;
  }

  /** An independent generator that depends on this one's seed and on `label`, not on how much was drawn. */
  fork(label: string | number): Rng {
    return new Rng(`${this.#path}/${label}`);
  }

  /** 32 random bits. */
  bits(): number {
    const s = this.#s;
    const result = (s[0]! + s[1]! + s[3]!) >>> 0;
    s[3] = s[3]! + 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = s[2]! + (s[2]! << 3);
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + result;
    return result;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.bits() / 2 ** 32);
  }

  /** Uniform integer in [0, below). @throws {RangeError} If `below` is not an integer from 1 to 2^32. */
  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
      throw new RangeError(`Cannot draw an integer below ${below}: wanted an integer from 1 to 2^32`);
    }
    const limit = 2 ** 32 - (2 ** 32 % below); // rejection keeps the draw unbiased
    for (;;) {
      const bits = this.bits();
      if (bits < limit) return bits % below;
    }
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)]!;
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}
