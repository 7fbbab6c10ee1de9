/** How many runs get each example wrong. Pure. */
import type { Predictions } from "../../../lib/records/predictions.ts";
import { badness } from "./worst.ts";

export class ErrorTally {
  readonly #lowerIsBetter: boolean;
  readonly #counts = new Map<string, { wrong: number; of: number }>();

  constructor(lowerIsBetter: boolean) {
    this.#lowerIsBetter = lowerIsBetter;
  }

  add({ examples }: Pick<Predictions, "examples">): void {
    for (const example of examples) {
      const known = this.#counts.get(example.name) ?? { wrong: 0, of: 0 };
      known.of++;
      if (badness(example, this.#lowerIsBetter) > 0) known.wrong++;
      this.#counts.set(example.name, known);
    }
  }

  /** @param name Of an example that a run told. */
  of(name: string): { readonly wrong: number; readonly of: number } {
    return this.#counts.get(name) ?? { wrong: 0, of: 0 };
  }
}
