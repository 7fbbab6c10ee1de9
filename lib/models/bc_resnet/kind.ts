/** BC-ResNet (Kim et al. 2021, "Broadcasted residual learning for efficient keyword spotting"), in two editions. */
import { z } from "zod";
import type { ModelKind } from "../contract.ts";
import { HEADS } from "./heads/kinds.ts";
import { FEWEST_MELS, MOST_MELS } from "./layout.ts";
import { EDITIONS } from "./names.ts";

const rate = z.number().min(0).lt(1);

const schema = z.strictObject({
  kind: z.literal("bc_resnet"),
  /** `kim` normalises after the first convolution and before the classifier, `heung` does not. */
  edition: z.enum(EDITIONS).default("heung"),
  /** Factor on all channels: tau in the paper, where it is 1, 1.5, 2, 3, 6 or 8. Eighths, so that channels are whole. */
  width: z.number().min(0.5).max(8).multipleOf(0.125).default(1),
  /**
   * What convolutions over time see beyond a clip's ends, zeros, and where. `same`: as much on both sides, so that a frame depends
   * on what comes after it. `causal`: before its beginning alone, so that a stream gives what training computed.
   */
  padding: z.enum(["same", "causal"]).default("same"),
  /** Share of channels dropped while training, in the two kinds of block. */
  dropout: z.strictObject({ transition: rate, broadcasted: rate }),
  /**
   * Of recognisers: whether what the LSTM hears is batch-normalised. Only `heung` needs it: nothing there bounds what the
   * last convolutions make, which grows in the first steps until the LSTM is saturated and passes no gradient on.
   */
  lstm_norm: z.boolean().default(false),
});

export type Config = z.output<typeof schema>;

export const kind: ModelKind<Config> = {
  schema,
  heads: { clip: "models/bc_resnet/heads/clip.ts", frame: "models/bc_resnet/heads/frame.ts" },
  check: (_config, { bands }) =>
    bands >= FEWEST_MELS && bands <= MOST_MELS ? [] : [{
      path: ["model", "kind"],
      message:
        `BC-ResNet halves the height three times and wants ${FEWEST_MELS} to ${MOST_MELS} bands, found ${bands}`,
    }],
  trainedSeconds: 0.0035,
  load: (head) => HEADS[head](),
};
