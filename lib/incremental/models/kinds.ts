/** The only list of models in their form for streams. */
import type { KindList } from "../../base/kinds.ts";
import type { ModelStream } from "./contract.ts";

export const MODEL_STREAMS: KindList<ModelStream> = {
  linear: () => import("./linear.ts"),
  bc_resnet: () => import("./bc_resnet.ts"),
  ds_cnn: () => import("./ds_cnn.ts"),
  matchboxnet: () => import("./matchboxnet.ts"),
};
