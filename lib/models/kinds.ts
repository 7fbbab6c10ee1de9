/** The only list of models. */
import type { KindList } from "../base/kinds.ts";
import type { ModelKind } from "./contract.ts";

export const MODELS: KindList<ModelKind> = {
  linear: () => import("./linear/kind.ts"),
  bc_resnet: () => import("./bc_resnet/kind.ts"),
  ds_cnn: () => import("./ds_cnn/kind.ts"),
  matchboxnet: () => import("./matchboxnet/kind.ts"),
};
