/** What is said where kernels get no memory. Pure. */
import { UserError } from "../../base/errors.ts";

/** Addresses have 32 bits. */
const MOST_BYTES = 2 ** 32;

/** @param bytes Of the piece that was asked for. @param held Of all memory that there is already. */
export function outOfMemory(bytes: number, held: number): UserError {
  return new UserError(
    "system-limit",
    `Cannot compute on WebAssembly: out of memory: wanted ${megabytes(bytes)} more beside the ${
      megabytes(held)
    } that there are, of at most ${
      megabytes(MOST_BYTES)
    }. Take smaller batches (trainer.batch_size), shorter clips or ` +
      `fewer threads.`,
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString("en")} MB`;
}
