/**
 * DS-CNN (Zhang, Suda, Lai, Chandra 2017, "Hello Edge: Keyword spotting on microcontrollers"): depthwise separable
 * convolutions over bands and frames. It has no head that tells each frame: frames are halved at its beginning.
 */
import { z } from "zod";
import type { ModelKind } from "../contract.ts";
import { SIZES } from "./layout.ts";

const schema = z.strictObject({
  kind: z.literal("ds_cnn"),
  /** The paper's small, medium and large network. */
  size: z.enum(SIZES).default("S"),
});

export type Config = z.output<typeof schema>;

export const kind: ModelKind<Config> = {
  schema,
  heads: { clip: null },
  check: () => [],
  trainedSeconds: 0.04,
  load: () => import("./body.ts"),
};
