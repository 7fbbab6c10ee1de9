/** The only list of compressions. */
import type { KindList } from "../../base/kinds.ts";
import type { CompressionKind } from "../contract.ts";

export const COMPRESSIONS: KindList<CompressionKind> = {
  log: () => import("./log/kind.ts"),
  log_floor: () => import("./log_floor/kind.ts"),
  log_tbn: () => import("./log_tbn/kind.ts"),
  decibels: () => import("./decibels/kind.ts"),
  pcen: () => import("./pcen/kind.ts"),
  layer_norm: () => import("./layer_norm/kind.ts"),
};
