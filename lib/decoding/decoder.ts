/** How a recogniser's frames become a label sequence. */
import { type Decoded, type FrameLogits, greedyDecode } from "./greedy.ts";
import { prefixBeamDecode } from "./prefix_beam.ts";

export type DecoderSpec = { readonly kind: "greedy" } | { readonly kind: "beam"; readonly width: number };

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
