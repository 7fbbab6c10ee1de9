/** Phoneme recognition, and that of characters and words alike: which labels an utterance says, one after the other. */
import { decoderSchema } from "../../decoding/decoder.ts";
import { leastFrames } from "../../kernels/ctc_loss/feasible.ts";
import type { TaskKind } from "../contract.ts";
import { COLUMNS } from "./figures.ts";
import { SAMPLERS } from "./order.ts";

const MANY = "an utterance says many labels";

export const kind: TaskKind = {
  head: "frame",
  title: "Phoneme recognition",
  words: { network: "recogniser", example: "utterance", examples: "utterances" },
  samplers: SAMPLERS,
  groups: { decoder: decoderSchema },
  check({ trainer: { batch_size, clips_per_epoch, label_smoothing, class_clips, class_weights } }) {
    if (label_smoothing > 0) {
      const message = `wanted 0: sequences of labels are not smoothed, found ${label_smoothing}`;
      return [{ path: ["trainer", "label_smoothing"], message }];
    }
    if (class_weights !== "equal") {
      return [{
        path: ["trainer", "class_weights"],
        message: `wanted equal, found ${class_weights}: ${MANY}`,
      }];
    }
    const [counted] = Object.keys(class_clips);
    if (counted !== undefined) {
      return [{ path: ["trainer", "class_clips", counted], message: `wanted no class: ${MANY}` }];
    }
    if (clips_per_epoch === null || clips_per_epoch >= batch_size) return [];
    const message = `wanted null or at least batch_size = ${batch_size}, found ${clips_per_epoch}`;
    return [{ path: ["trainer", "clips_per_epoch"], message }];
  },
  leastFrames,
  figures: COLUMNS,
  load: () => import("./work.ts"),
};
