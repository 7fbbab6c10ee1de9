/** Reads one file after the other. */
import { explainSystemError } from "./system_error_io.ts";

const BYTES_INITIAL = 1 << 16;

/** Reads whole files into the same memory: new memory for each takes as long as reading. */
export class WholeFiles {
  #buffer = new Uint8Array(BYTES_INITIAL);

  /** @returns Valid until the next is read. @throws {UserError} If it cannot be read. */
  read(path: string): Uint8Array {
    try {
      using file = Deno.openSync(path);
      let filled = 0;
      for (;;) {
        if (filled === this.#buffer.length) this.#grow();
        const count = file.readSync(this.#buffer.subarray(filled));
        if (count === null) return this.#buffer.subarray(0, filled);
        filled += count;
      }
    } catch (error) {
      throw explainSystemError(error, `read ${path}`);
    }
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#buffer.length);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
