/** How a framed transform is computed: directly, or with fewer products by minimal filtering over hops. */

export interface FramedForm {
  /** Matrix products for each tile: 8 is F(6,3), six frames; 4 is F(2,3), two; 1 the product of one whole frame. */
  readonly products: 1 | 4 | 8;
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
 * Minimal filtering needs a window of three whole hops, as 480 = 3 x 160, and rows of whole vectors. F(6,3) takes 4/9
 * of the arithmetic and leaves up to 4e-6 of a frame's largest amplitude in every bin, where the direct form has 5e-7:
 * enough for training, whose gradients it serves. What is not differentiated is what people are told: F(2,3) takes 2/3
 * of the arithmetic, and its error is that of the direct form.
 */
export function chooseForm({ nFft, hopSamples, frames }: Geometry, isDifferentiated: boolean): FramedForm {
  const products = isDifferentiated ? 8 : 4;
  const outputs = products - TAPS + 1;
  const tiles = Math.ceil(frames / outputs);
  if (nFft !== TAPS * hopSamples || hopSamples % LANES !== 0 || tiles * products >= frames * TAPS) {
    const totalSamples = (frames - 1) * hopSamples + nFft;
    return { products: 1, rowSamples: nFft, tiles: frames, totalSamples };
  }
  const totalSamples = (tiles * outputs + TAPS - 1) * hopSamples;
  return { products, rowSamples: hopSamples, tiles, totalSamples };
}
