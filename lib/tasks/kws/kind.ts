/** Keyword spotting: which of a few words a clip is. */
import type { TaskKind } from "../contract.ts";
import { COLUMNS } from "./figures.ts";
import { SAMPLERS } from "./sampler.ts";

/** As the list and checkpoints call it. */
export const KWS = "kws";

export const kind: TaskKind = {
  head: "clip",
  title: "Keyword spotting",
  words: { network: "keyword spotter", example: "clip", examples: "clips" },
  samplers: SAMPLERS,
  groups: {},
  check: () => [],
  leastFrames: () => 1,
  figures: COLUMNS,
  interval: "95 % intervals over the test clips",
  load: () => import("./work.ts"),
};
