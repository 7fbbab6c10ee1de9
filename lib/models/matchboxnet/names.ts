/** What MatchboxNet's tensors are called in NeMo's modules. */
import type { BlockLayout } from "./layout.ts";

/** Of normalisations, as NeMo sets it. */
export const EPSILON = 1e-3;

/** The linear layer that both heads end with. */
export const CLASSIFIER = "decoder.decoder_layers.0";

export const nameOf = (block: number) => `encoder.encoder.${block}`;

/** A convolution within a block: places of its parts in NeMo's list of the block's layers. */
export interface Place {
  readonly depthwise: string | null;
  readonly pointwise: string;
  readonly norm: string;
  readonly inputs: number;
}

/** A separable convolution takes five places: depthwise, pointwise, normalisation, relu, dropout. */
export function placesOf({ inputs, channels, width, convolutions }: BlockLayout, name: string): Place[] {
  return Array.from({ length: convolutions }, (_, i) => {
    const first = 5 * i;
    const own = width === null ? first : first + 1;
    return {
      depthwise: width === null ? null : `${name}.mconv.${first}.conv`,
      pointwise: `${name}.mconv.${own}.conv`,
      norm: `${name}.mconv.${own + 1}`,
      inputs: i === 0 ? inputs : channels,
    };
  });
}

export const pastOf = (name: string) => ({ pointwise: `${name}.res.0.0.conv`, norm: `${name}.res.0.1` });
