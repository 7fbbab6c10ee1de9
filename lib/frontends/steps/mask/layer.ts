import { masked } from "../../../kernels/standard/masked.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** `[B, T, bins]` to the same, zero from `start` to `end - 1`. */
export function layer({ start, end }: Values): Layer {
  const bins = [start, end] as const;
  return {
    apply: (_state, x) => masked(x, bins),
    project: () => {},
    simple: { does: "zero", bins },
  };
}
