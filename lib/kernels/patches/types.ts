/** How a kernel moves over an image of one channel. */
export interface PatchGeometry {
  /** Of the kernel: bands and frames. */
  readonly height: number;
  readonly width: number;
  readonly strideF: number;
  readonly strideT: number;
}

/** An image within zeros, and the places of a kernel on it. */
export interface PatchSizes {
  /** Zeros before the image; those behind it make it as large as the kernel's last places want. */
  readonly padF: number;
  readonly padT: number;
  readonly wideRows: number;
  readonly wideFrames: number;
  readonly outRows: number;
  readonly outFrames: number;
}

/**
 * There are `ceil(bands / strideF)` by `ceil(frames / strideT)` places. The first begins `floor((size - 1) / 2)` before
 * the image, so that where a place lies does not depend on how long the image is.
 */
export function patchSizes(bands: number, frames: number, geometry: PatchGeometry): PatchSizes {
  const { height, width, strideF, strideT } = geometry;
  const [padF, padT] = [(height - 1) >> 1, (width - 1) >> 1];
  const [outRows, outFrames] = [Math.ceil(bands / strideF), Math.ceil(frames / strideT)];
  return {
    padF,
    padT,
    wideRows: Math.max((outRows - 1) * strideF + height, padF + bands),
    wideFrames: Math.max((outFrames - 1) * strideT + width, padT + frames),
    outRows,
    outFrames,
  };
}
