/** The only list of what decides which state of a training is the best. */
import type { KindList } from "../../base/kinds.ts";
import type { SelectionKind } from "./contract.ts";

export const SELECTIONS: KindList<SelectionKind> = {
  loss: () => import("./loss/kind.ts"),
  accuracy: () => import("./accuracy/kind.ts"),
  misses_at_1_per_hour: () => import("./misses_at_1_per_hour/kind.ts"),
};
