/** Keyword spotting: which of a few words a clip is. */
import type { TaskKind } from "../contract.ts";
import { COLUMNS } from "./figures.ts";
import { COUNTING_SAMPLER, EVEN_SAMPLER, SAMPLERS, SHARING_SAMPLER } from "./sampler.ts";

/** As the list and checkpoints call it. */
export const KWS = "kws";

export const kind: TaskKind = {
  head: "clip",
  title: "Keyword spotting",
  words: { network: "keyword spotter", example: "clip", examples: "clips" },
  samplers: SAMPLERS,
  groups: {},
  check({ trainer: { sampler, class_clips, class_weights } }) {
    const counts = Object.values(class_clips);
    const isTaken = sampler === COUNTING_SAMPLER ||
      sampler === SHARING_SAMPLER && counts.every((count) => count < 1);
    const shares = counts.filter((count) => count < 1).reduce((sum, n) => sum + n, 0);
    return [
      ...(shares >= 1
        ? [{
          path: ["trainer", "class_clips"],
          message: `wanted shares of less than 1 together, found ${shares}`,
        }]
        : []),
      ...(counts.length > 0 && !isTaken
        ? [{
          path: ["trainer", "class_clips"],
          message: `wanted ${COUNTING_SAMPLER} (trainer.sampler), which counts clips of each class, or ` +
            `${SHARING_SAMPLER} and shares below 1, found ${sampler}`,
        }]
        : []),
      ...(class_weights !== "equal" && sampler !== EVEN_SAMPLER
        ? [{
          path: ["trainer", "class_weights"],
          message:
            `wanted ${EVEN_SAMPLER} (trainer.sampler), which leaves classes as they are, found ${sampler}: weights and ` +
            `draws would both even them out`,
        }]
        : []),
    ];
  },
  leastFrames: () => 1,
  figures: COLUMNS,
  load: () => import("./work.ts"),
};
