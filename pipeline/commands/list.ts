/** The commands there are, in the order of the help. */
import type { CommandList } from "./shared/command.ts";

export const COMMANDS = {
  kws: () => import("./kws.ts"),
  asr: () => import("./asr.ts"),
  sweep: () => import("./sweep.ts"),
  search: () => import("./search.ts"),
  report: () => import("./report.ts"),
  lr: () => import("./lr.ts"),
  evaluate: () => import("./evaluate.ts"),
  stream: () => import("./stream.ts"),
  enroll: () => import("./enroll.ts"),
  export: () => import("./export.ts"),
  pack: () => import("./pack.ts"),
  status: () => import("./status.ts"),
  why: () => import("./why.ts"),
  cancel: () => import("./cancel.ts"),
  logs: () => import("./logs.ts"),
  graph: () => import("./graph.ts"),
  verify: () => import("./verify.ts"),
  gc: () => import("./gc.ts"),
  runs: () => import("./runs.ts"),
  compare: () => import("./compare.ts"),
  "serve-cache": () => import("./serve_cache.ts"),
  demo: () => import("./demo.ts"),
  completion: () => import("./completion.ts"),
  complete: () => import("./complete.ts"),
} as const satisfies CommandList;
