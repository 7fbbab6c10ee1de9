/**
 * MatchboxNet (Majumdar and Ginsburg 2020, "MatchboxNet: 1D time-channel separable convolutional neural network
 * architecture for speech commands recognition"), as NVIDIA NeMo has it, without dropout.
 */
import { z } from "zod";
import type { ModelKind } from "../contract.ts";
import { HEADS } from "./heads/kinds.ts";

const schema = z.strictObject({
  kind: z.literal("matchboxnet"),
  /** B, R and C of the paper's BxRxC: residual blocks, separable convolutions in each, their channels. */
  blocks: z.int().min(1).max(10).default(3),
  sub_blocks: z.int().min(1).max(10).default(1),
  channels: z.int().min(4).max(512).default(64),
});

export type Config = z.output<typeof schema>;

export const kind: ModelKind<Config> = {
  schema,
  heads: { clip: "models/matchboxnet/heads/clip.ts", frame: "models/matchboxnet/heads/frame.ts" },
  check: () => [],
  trainedSeconds: 0.009,
  load: (head) => HEADS[head](),
};
