/** The three networks of the paper, as its authors' configurations have them. */

export interface DsCnnLayout {
  readonly channels: number;
  /** Of the first convolution over bands; over frames it is 2. */
  readonly firstStrideF: number;
  /** Of each block, over bands and frames alike. */
  readonly strides: readonly number[];
}

export const SIZES = ["S", "M", "L"] as const;
export type Size = typeof SIZES[number];

/** Of the first convolution: four bands by ten frames. */
export const FIRST = { height: 4, width: 10, strideT: 2 } as const;
/** Of the depthwise convolutions, in both directions. */
export const BLOCK_KERNEL = 3;

export const LAYOUTS: Readonly<Record<Size, DsCnnLayout>> = {
  S: { channels: 64, firstStrideF: 2, strides: [1, 1, 1, 1] },
  M: { channels: 172, firstStrideF: 1, strides: [2, 1, 1, 1] },
  L: { channels: 276, firstStrideF: 1, strides: [2, 1, 1, 1, 1] },
};
