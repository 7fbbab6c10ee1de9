/** Phoneme recognition, and that of characters and words alike: which labels an utterance says, one after the other. */
import { z } from "zod";
import type { TaskKind } from "../contract.ts";
import { COLUMNS } from "./figures.ts";

const decoder = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("greedy") }),
  z.strictObject({ kind: z.literal("beam"), width: z.int().min(1).max(1000) }),
]);

export const kind: TaskKind = {
  head: "frame",
  words: { network: "recogniser", example: "utterance", examples: "utterances" },
  samplers: ["shuffle", "lengths"],
  groups: { decoder },
  check({ trainer: { batch_size, clips_per_epoch } }) {
    if (clips_per_epoch === null || clips_per_epoch >= batch_size) return [];
    const message = `wanted null or at least batch_size = ${batch_size}, found ${clips_per_epoch}`;
    return [{ path: ["trainer", "clips_per_epoch"], message }];
  },
  figures: COLUMNS,
  interval: "95 % bootstrap intervals over the test utterances",
  load: () => import("./work.ts"),
};
