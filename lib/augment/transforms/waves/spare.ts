/** Memory for what lies between the changes of an example. */
import type { Lend } from "../../../audio/wave_filters.ts";

/** Lends arrays, and the same again to the next example: making new ones takes longer than most changes. */
export class Spare {
  readonly #arrays: Float32Array[] = [];
  #lent = 0;

  /** See {@link Lend}. Good until {@link takeBack}. */
  readonly lend: Lend = (length) => {
    const place = this.#lent++;
    const known = this.#arrays[place];
    const array = known !== undefined && known.length >= length
      ? known
      : this.#arrays[place] = new Float32Array(length);
    return array.length === length ? array : array.subarray(0, length);
  };

  /** Of all that was lent. */
  takeBack(): void {
    this.#lent = 0;
  }
}
