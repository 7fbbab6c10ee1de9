/** How a recogniser's frames become a label sequence. */
import { z } from "zod";
import { type Decoded, type FrameLogits, greedyDecode } from "./greedy.ts";
import { prefixBeamDecode } from "./prefix_beam.ts";

/** Of `conf/decoder/<name>.yaml`. */
export const decoderSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("greedy") }),
  z.strictObject({ kind: z.literal("beam"), width: z.int().min(1).max(1000) }),
]);

export type DecoderSpec = Readonly<z.output<typeof decoderSchema>>;

export function decode(spec: DecoderSpec, input: FrameLogits): Decoded {
  switch (spec.kind) {
    case "greedy":
      return greedyDecode(input);
    case "beam":
      return prefixBeamDecode(input, spec.width);
    default:
      throw spec satisfies never;
  }
}
