/** The only list of steps in their form for streams, but for those that say all of themselves in `simple`. */
import type { KindList } from "../../base/kinds.ts";
import type { StepStream } from "./contract.ts";

export const STEP_STREAMS: KindList<StepStream> = {
  stft: () => import("./stft.ts"),
  gabor: () => import("./gabor.ts"),
  grouped_gabor: () => import("./grouped_gabor.ts"),
  free_filters: () => import("./free_filters.ts"),
  sinc_filters: () => import("./sinc_filters.ts"),
  decibels: () => import("./decibels.ts"),
  layer_norm: () => import("./layer_norm.ts"),
  log_floor: () => import("./log_floor.ts"),
  log_tbn: () => import("./log_tbn.ts"),
  pcen: () => import("./pcen.ts"),
  dct: () => import("./dct.ts"),
  batch_norm: () => import("./batch_norm.ts"),
  clip_mean: () => import("./clip_mean.ts"),
};
