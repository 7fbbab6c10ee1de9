/** The only list of steps, but for compressions, which are a group of the configuration. */
import type { KindList } from "../../base/kinds.ts";
import type { StepKind } from "../contract.ts";

export const STEPS: KindList<StepKind> = {
  stft: () => import("./stft/kind.ts"),
  magnitude: () => import("./magnitude/kind.ts"),
  mask: () => import("./mask/kind.ts"),
  mel: () => import("./mel/kind.ts"),
  bands: () => import("./bands/kind.ts"),
  dct: () => import("./dct/kind.ts"),
  gabor: () => import("./gabor/kind.ts"),
  batch_norm: () => import("./batch_norm/kind.ts"),
  clip_mean: () => import("./clip_mean/kind.ts"),
  free_filters: () => import("./free_filters/kind.ts"),
  grouped_gabor: () => import("./grouped_gabor/kind.ts"),
  sinc_filters: () => import("./sinc_filters/kind.ts"),
};
