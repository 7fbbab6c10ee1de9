/** Keeps a shared cache that does not answer from making everything slow: after a few failures it is left alone. Pure. */

export interface BreakerRules {
  /** Failures in a row after which nobody asks any more. */
  readonly failures: number;
  /** After so long one may ask again. */
  readonly restMs: number;
}

export const BREAKER_RULES: BreakerRules = Object.freeze({ failures: 2, restMs: 60_000 });

export class Breaker {
  readonly #rules: BreakerRules;
  readonly #now: () => number;
  #failures = 0;
  #restUntil = -Infinity;

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(now: () => number, rules: BreakerRules = BREAKER_RULES) {
    this.#rules = rules;
    this.#now = now;
  }

  /** Whether anybody may ask. Of many who want to after a rest, one may, until it is known how it went. */
  allows(): boolean {
    if (this.#failures < this.#rules.failures) return true;
    if (this.#now() < this.#restUntil) return false;
    this.#restUntil = this.#now() + this.#rules.restMs;
    return true;
  }

  succeeded(): void {
    if (this.#failures < Infinity) this.#failures = 0;
  }

  failed(): void {
    if (this.#restUntil === Infinity) return;
    this.#failures++;
    if (this.#failures >= this.#rules.failures) this.#restUntil = this.#now() + this.#rules.restMs;
  }

  /** Nobody asks any more, ever. */
  close(): void {
    this.#failures = Infinity;
    this.#restUntil = Infinity;
  }
}
