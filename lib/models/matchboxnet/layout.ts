/** Which convolutions MatchboxNet has, in order. */
import type { Config } from "./kind.ts";

/** A block of NeMo's `JasperBlock`: convolutions one after another, and past them a 1x1 convolution if it is residual. */
export interface BlockLayout {
  readonly inputs: number;
  readonly channels: number;
  /** Frames of each depthwise convolution; null where the block is a plain 1x1 convolution. */
  readonly width: number | null;
  readonly dilation: number;
  readonly convolutions: number;
  readonly residual: boolean;
}

/** Channels of the first convolution and of the two last. */
const END_CHANNELS = 128;
const FIRST_WIDTH = 11;
/** Of the first block; each further one has two frames more. */
const BLOCK_WIDTH = 13;
const LAST = { width: 29, dilation: 2 } as const;

export function matchboxNetLayout({ blocks, sub_blocks, channels }: Config, bands: number): BlockLayout[] {
  const plain = { dilation: 1, convolutions: 1, residual: false };
  return [
    { ...plain, inputs: bands, channels: END_CHANNELS, width: FIRST_WIDTH },
    ...Array.from({ length: blocks }, (_, i): BlockLayout => ({
      inputs: i === 0 ? END_CHANNELS : channels,
      channels,
      width: BLOCK_WIDTH + 2 * i,
      dilation: 1,
      convolutions: sub_blocks,
      residual: true,
    })),
    { ...plain, ...LAST, inputs: channels, channels: END_CHANNELS },
    { ...plain, inputs: END_CHANNELS, channels: END_CHANNELS, width: null },
  ];
}
