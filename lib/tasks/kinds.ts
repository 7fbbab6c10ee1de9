/** The only list of tasks. */
import type { KindList } from "../base/kinds.ts";
import type { TaskKind } from "./contract.ts";

export const TASKS = {
  kws: () => import("./kws/kind.ts"),
  asr: () => import("./asr/kind.ts"),
} as const satisfies KindList<TaskKind>;
