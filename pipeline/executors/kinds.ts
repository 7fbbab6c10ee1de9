/** The executors there are, a line each. */
import type { KindList } from "../../lib/base/kinds.ts";
import type { ExecutorKind } from "./contract.ts";

export const EXECUTORS = {
  local: () => import("./local/kind.ts"),
  slurm: () => import("./slurm/kind.ts"),
} as const satisfies KindList<ExecutorKind>;

/** The file of `conf/executor` that counts where none is named. */
export const DEFAULT_EXECUTOR = "local";
