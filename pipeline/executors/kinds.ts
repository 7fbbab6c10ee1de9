/** The executors there are, a line each. */
import type { KindList } from "../../lib/base/kinds.ts";
import type { ExecutorKind } from "./contract.ts";

export const EXECUTORS = {
  local: () => import("./local/kind.ts"),
  slurm: () => import("./slurm/kind.ts"),
} as const satisfies KindList<ExecutorKind>;
