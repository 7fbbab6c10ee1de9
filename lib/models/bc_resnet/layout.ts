/**
 * Sizes of BC-ResNet for any number of Mel bands. The original is written for 40: its sub-spectral normalisation
 * needs a height that divides by 5, and its last convolution a height of exactly 5. Here the height is halved three
 * times (rounding up), sub-spectral groups have heights as equal as possible, at most five of them, and the last
 * convolution is as high as what is left. At 40 bands all of this equals the original.
 */

export interface BlockLayout {
  /** As the PyTorch module is called. */
  readonly name: string;
  readonly kind: "transition" | "broadcasted";
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
  readonly blocks: readonly BlockLayout[];
  /** Height of the last depthwise convolution. */
  readonly lastHeight: number;
}

export const FEWEST_MELS = 8;
export const MOST_MELS = 128;
/** Channels after the first convolution, after the last block and before the classifier. */
export const FIRST_CHANNELS = 16;
export const LAST_CHANNELS = 20;
export const HEAD_CHANNELS = 32;

const MOST_GROUPS = 5;
const STAGES = [
  { channels: 8, blocks: 2, strideF: 1, dilation: 1 },
  { channels: 12, blocks: 2, strideF: 2, dilation: 2 },
  { channels: 16, blocks: 4, strideF: 2, dilation: 4 },
  { channels: 20, blocks: 4, strideF: 1, dilation: 8 },
] as const;

/** @throws {RangeError} If `nMels` is not a whole number from 8 to 128. */
export function bcResNetLayout(nMels: number): BcResNetLayout {
  if (!Number.isInteger(nMels) || nMels < FEWEST_MELS || nMels > MOST_MELS) {
    throw new RangeError(
      `Cannot build bc_resnet for ${nMels} Mel bands: wanted a whole number from ${FEWEST_MELS} to ${MOST_MELS}`,
    );
  }
  const blocks: BlockLayout[] = [];
  let height = Math.ceil(nMels / 2);
  let inChannels: number = FIRST_CHANNELS;
  STAGES.forEach((stage, s) => {
    height = Math.ceil(height / stage.strideF);
    for (let b = 0; b < stage.blocks; b++) {
      blocks.push({
        name: `block${s + 1}_${b + 1}`,
        kind: b === 0 ? "transition" : "broadcasted",
        inChannels,
        outChannels: stage.channels,
        strideF: b === 0 ? stage.strideF : 1,
        dilation: stage.dilation,
        height,
        groups: subSpectralGroups(height),
      });
      inChannels = stage.channels;
    }
  });
  return { blocks, lastHeight: height };
}

/** At most five heights that differ by at most one, the higher ones first. Their sum is `height`. */
export function subSpectralGroups(height: number): readonly number[] {
  const groups = Math.min(MOST_GROUPS, height);
  const [low, higher] = [Math.floor(height / groups), height % groups];
  return Array.from({ length: groups }, (_, g) => (g < higher ? low + 1 : low));
}
