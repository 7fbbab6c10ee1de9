/** The state with the lowest validation loss. */
import type { SelectionKind } from "../contract.ts";

export const kind: SelectionKind = { words: "the lowest validation loss", listens: false };
