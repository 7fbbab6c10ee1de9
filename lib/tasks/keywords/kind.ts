/** Keyword spotting: which of a few words a clip is. */
import type { TaskKind } from "../contract.ts";
import { COLUMNS } from "./figures.ts";

export const kind: TaskKind = {
  head: "clip",
  words: { network: "keyword spotter", example: "clip", examples: "clips" },
  samplers: ["shuffle", "balanced", "paper"],
  groups: {},
  check: () => [],
  figures: COLUMNS,
  interval: "95 % intervals over the test clips",
  load: () => import("./work.ts"),
};
