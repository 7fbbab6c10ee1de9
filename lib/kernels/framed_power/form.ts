/** How a framed transform is computed: directly, or with fewer products by minimal filtering over hops. */

export interface FramedForm {
  /** Matrix products for each tile: 6 is F(4,3), 4 is F(2,3), 1 the product of whole frames. */
  readonly products: 1 | 4 | 6;
  /** Frames that a tile yields. */
  readonly outputs: 1 | 2 | 4;
  /** Samples of a row: one hop, or the whole window. */
  readonly rowSamples: number;
  readonly tiles: number;
  /** Samples of a reflected clip that are read, zeros at the end included. */
  readonly totalSamples: number;
}

interface Geometry {
  readonly nFft: number;
  readonly hopSamples: number;
  readonly frames: number;
}

const TAPS = 3;
const LANES = 4;

/**
 * Minimal filtering needs a window of three whole hops, as 480 = 3 x 160, and rows of whole vectors. F(4,3) halves
 * the arithmetic; its error in float32 is four times that of the direct form, 2e-6 of the largest value. With a
 * clip so short that half of a tile would be wasted F(2,3) takes its place, and its error is that of the direct form.
 */
export function chooseForm({ nFft, hopSamples, frames }: Geometry): FramedForm {
  if (nFft !== TAPS * hopSamples || hopSamples % LANES !== 0 || frames < 2) {
    return {
      products: 1,
      outputs: 1,
      rowSamples: nFft,
      tiles: frames,
      totalSamples: (frames - 1) * hopSamples + nFft,
    };
  }
  const outputs = frames % 4 === 1 || frames % 4 === 2 ? frames < 12 ? 2 : 4 : 4;
  const tiles = Math.ceil(frames / outputs);
  return {
    products: outputs === 4 ? 6 : 4,
    outputs,
    rowSamples: hopSamples,
    tiles,
    totalSamples: (tiles * outputs + TAPS - 1) * hopSamples,
  };
}
