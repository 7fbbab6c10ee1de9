/** Where Mel matrices start, as front-ends in the conventions of librosa and nnAudio have it. */
import { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import { unlike } from "./spectrogram.ts";

export const melShape = {
  filters: z.enum(["mel", "gammatone"]).default("mel"),
  /** The Mel scale of HTK in the place of Slaney's. */
  htk: z.boolean().default(false),
  /** `slaney`: each filter has area 1 over frequency. `none`: each has height 1. */
  norm: z.enum(["slaney", "none"]).default("slaney"),
};

const schema = z.object(melShape);
type MelConfig = z.output<typeof schema>;

/** Keys of the step `mel`. */
export function melStart({ filters, htk, norm }: MelConfig): JsonObject {
  const usual = { filters: "mel", scale: "slaney", norm: "slaney" };
  return unlike(usual, { filters, scale: htk ? "htk" : "slaney", norm });
}

export function melProblems({ filters, htk, norm }: MelConfig): Problem[] {
  if (filters !== "gammatone" || !htk && norm === "slaney") return [];
  const [key, wanted, found] = htk ? ["htk", "false", "true"] : ["norm", "slaney", "none"];
  return [{
    path: ["frontend", key!],
    message:
      `gammatone filters know no Mel scale and have a height of their own; wanted ${wanted}, or filters: mel, ` +
      `found ${found} and gammatone`,
  }];
}
