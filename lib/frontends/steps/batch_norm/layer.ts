import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";
import { normalisedRows } from "./rows.ts";

/** `[B, M, T]` or `[B, C, M, T]` to the same. */
export function layer({ module }: Values): Layer {
  return { apply: (state, x, mode) => normalisedRows(state, module, x, mode), project: () => {} };
}
