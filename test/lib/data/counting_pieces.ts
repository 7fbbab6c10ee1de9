/** Pieces that count how often they are done. */
import { UserError } from "../../../lib/base/errors.ts";
import type { DoPiece } from "../../../lib/data/pieces_io.ts";

export interface Counting {
  /** In shared memory, one number a piece. */
  readonly times: Int32Array;
  /** The piece that fails, for which all behind it wait; -1: none does. */
  readonly failing: number;
}

export function openCounting({ times, failing }: Counting): Promise<DoPiece> {
  return Promise.resolve((piece) => {
    if (piece === failing) throw new UserError("bad-dataset", `Cannot do piece ${piece}`);
    if (failing >= 0 && piece > failing) Atomics.wait(times, failing, 0);
    Atomics.add(times, piece, 1);
  });
}
