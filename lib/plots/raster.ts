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

export interface RasterOptions {
  /** Puts the first row at the bottom, as an axis that grows upwards has it. */
  readonly upwards?: boolean;
  /** Pixels of a value, each way; from 1. */
  readonly scale?: number;
}

/** A data URL of a PNG with one pixel a value. @param upwards See {@link RasterOptions}. */
export function rasterUrl(matrix: Matrix, domain: Domain, colormap: Colormap, upwards: boolean): string {
  return `data:image/png;base64,${rasterPng(matrix, domain, colormap, { upwards }).toBase64()}`;
}

/** A PNG of `columns * scale` by `rows * scale` pixels. @throws {RangeError} If the values do not fill the matrix. */
export function rasterPng(
  { rows, columns, values }: Matrix,
  [low, high]: Domain,
  colormap: Colormap,
  { upwards = false, scale = 1 }: RasterOptions = {},
): Uint8Array {
  if (values.length !== rows * columns) {
    throw new RangeError(`Cannot draw ${values.length} values as ${rows} rows of ${columns}`);
  }
  const [width, height] = [columns * scale, rows * scale];
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / scale);
    const from = (upwards ? rows - 1 - row : row) * columns;
    for (let x = 0; x < width; x++) {
      const value = values[from + Math.floor(x / scale)]!;
      const share = high > low ? (value - low) / (high - low) : 0;
      pixels[y * width + x] = Math.round(255 * Math.min(1, Math.max(0, share)));
    }
  }
  return encode({
    width,
    height,
    data: pixels,
    channels: 1,
    depth: 8,
    palette: colormap.palette.map((colour) => [...colour]),
  });
}
