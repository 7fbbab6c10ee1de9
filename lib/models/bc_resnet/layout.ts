/**
 * Sizes of BC-ResNet for any width and any number of Mel bands. The original is written for 40 bands: its sub-spectral
 * normalisation needs a height that divides by 5, and its last convolution a height of exactly 5. Here the height is
 * halved three times (rounding up), sub-spectral groups have heights as equal as possible, at most five of them, and
 * the last convolution is as high as what is left. At 40 bands all of this equals the original.
 */

export interface BlockLayout {
  readonly kind: "transition" | "broadcasted";
  /** Its stage, and its place in the stage, from 0. */
  readonly stage: number;
  readonly place: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly strideF: 1 | 2;
  readonly dilation: number;
  /** Height after the block's stride. */
  readonly height: number;
  /** Heights of the groups of sub-spectral normalisation, from low to high frequency. */
  readonly groups: readonly number[];
}

export interface BcResNetLayout {
  /** Channels after the first convolution. */
  readonly firstChannels: number;
  readonly blocks: readonly BlockLayout[];
  /** Channels after the last block. */
  readonly lastChannels: number;
  /** Height of the last depthwise convolution. */
  readonly lastHeight: number;
  /** Channels before the classifier. */
  readonly headChannels: number;
}

export const FEWEST_MELS = 5;
export const MOST_MELS = 128;

const MOST_GROUPS = 5;
/** Channels at width 1. */
const FIRST_CHANNELS = 16;
const HEAD_CHANNELS = 32;
const STAGES = [
  { channels: 8, blocks: 2, strideF: 1, dilation: 1 },
  { channels: 12, blocks: 2, strideF: 2, dilation: 2 },
  { channels: 16, blocks: 4, strideF: 2, dilation: 4 },
  { channels: 20, blocks: 4, strideF: 1, dilation: 8 },
] as const;

/**
 * @param width Factor on all channels, rounded down: tau in the paper.
 * @throws {RangeError} If `nMels` is not a whole number from 5 to 128.
 */
export function bcResNetLayout(nMels: number, width: number): BcResNetLayout {
  if (!Number.isInteger(nMels) || nMels < FEWEST_MELS || nMels > MOST_MELS) {
    throw new RangeError(
      `Cannot build bc_resnet for ${nMels} Mel bands: wanted a whole number from ${FEWEST_MELS} to ${MOST_MELS}`,
    );
  }
  const wide = (channels: number) => Math.floor(channels * width);
  const blocks: BlockLayout[] = [];
  let height = Math.ceil(nMels / 2);
  let inChannels = wide(FIRST_CHANNELS);
  STAGES.forEach(({ channels, blocks: count, strideF, dilation }, stage) => {
    height = Math.ceil(height / strideF);
    for (let place = 0; place < count; place++) {
      blocks.push({
        kind: place === 0 ? "transition" : "broadcasted",
        stage,
        place,
        inChannels,
        outChannels: wide(channels),
        strideF: place === 0 ? strideF : 1,
        dilation,
        height,
        groups: subSpectralGroups(height),
      });
      inChannels = wide(channels);
    }
  });
  return {
    firstChannels: wide(FIRST_CHANNELS),
    blocks,
    lastChannels: inChannels,
    lastHeight: height,
    headChannels: wide(HEAD_CHANNELS),
  };
}

/** At most five heights that differ by at most one, the higher ones first. Their sum is `height`. */
export function subSpectralGroups(height: number): readonly number[] {
  const groups = Math.min(MOST_GROUPS, height);
  const [low, higher] = [Math.floor(height / groups), height % groups];
  return Array.from({ length: groups }, (_, g) => (g < higher ? low + 1 : low));
}
