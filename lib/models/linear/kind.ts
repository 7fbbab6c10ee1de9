/** The paper's Simple model: one linear layer over the whole spectrogram, or over each frame of an LSTM. */
import { z } from "zod";
import type { ModelKind } from "../contract.ts";
import { HEADS } from "./heads/kinds.ts";

const schema = z.strictObject({ kind: z.literal("linear") });

export const kind: ModelKind<z.output<typeof schema>> = {
  schema,
  heads: { clip: "models/linear/heads/clip.ts", frame: "models/linear/heads/frame.ts" },
  check: () => [],
  trainedSeconds: 0.0001,
  load: (head) => HEADS[head](),
};
