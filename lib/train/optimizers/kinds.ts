/** The only list of optimizers. */
import type { KindList } from "../../base/kinds.ts";
import type { OptimizerKind } from "./contract.ts";

export const OPTIMIZERS: KindList<OptimizerKind> = {
  sgd: () => import("./sgd/kind.ts"),
  adam: () => import("./adam/kind.ts"),
};
