/** The only list of augmentations. */
import type { KindList } from "../base/kinds.ts";
import type { AugmentKind } from "./contract.ts";

export const AUGMENTATIONS: KindList<AugmentKind> = {
  none: () => import("./none/kind.ts"),
  transforms: () => import("./transforms/kind.ts"),
};
