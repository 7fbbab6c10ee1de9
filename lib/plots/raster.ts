/** Matrices as small PNG images: a drawing of 10,000 rectangles would be 100 times as large. */
import { encode } from "fast-png";
import type { Colormap } from "./colormap.ts";

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row by row; `[rows, columns]`. */
  readonly values: ArrayLike<number>;
}

/** The values that get the first and the last colour; those beyond get them too. */
export type Domain = readonly [number, number];

/**
 * A data URL of a PNG with one pixel a value.
 *
 * @param upwards Puts the first row at the bottom, as an axis that grows upwards has it.
 */
export function rasterUrl(matrix: Matrix, domain: Domain, colormap: Colormap, upwards: boolean): string {
  const { rows, columns, values } = matrix;
  if (values.length !== rows * columns) {
    throw new RangeError(`Cannot draw ${values.length} values as ${rows} rows of ${columns}`);
  }
  const [low, high] = domain;
  const pixels = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = (upwards ? rows - 1 - row : row) * columns;
    for (let column = 0; column < columns; column++) {
      const share = high > low ? (values[from + column]! - low) / (high - low) : 0;
      pixels[row * columns + column] = Math.round(255 * Math.min(1, Math.max(0, share)));
    }
  }
  const png = encode({
    width: columns,
    height: rows,
    data: pixels,
    channels: 1,
    depth: 8,
    palette: colormap.palette.map((colour) => [...colour]),
  });
  return `data:image/png;base64,${png.toBase64()}`;
}
