/** Colour scales for images: 256 colours between a few fixed ones. */

export type Rgb = [number, number, number];

export interface Colormap {
  /** Evenly spaced from the lowest value to the highest, as CSS colours. */
  readonly stops: readonly string[];
  /** 256 of them. */
  readonly palette: readonly Rgb[];
}

/** From little to much; ordered by lightness, so that it reads the same for all kinds of colour vision. */
export const SEQUENTIAL: Colormap = colormap([
  "#000004",
  "#1b0c41",
  "#4a0c6b",
  "#781c6d",
  "#a52c60",
  "#cf4446",
  "#ed6925",
  "#fb9b06",
  "#f7d13d",
  "#fcffa4",
]); // "inferno" of matplotlib (van der Walt, Smith)

/** From less through none to more: blue, white, red, which no common kind of colour blindness confuses. */
export const DIVERGING: Colormap = colormap([
  "#053061",
  "#2166ac",
  "#4393c3",
  "#92c5de",
  "#d1e5f0",
  "#f7f7f7",
  "#fddbc7",
  "#f4a582",
  "#d6604d",
  "#b2182b",
  "#67001f",
]); // "RdBu" of ColorBrewer (Brewer, Harrower), turned round

function colormap(stops: readonly string[]): Colormap {
  const colours = stops.map(parse);
  const palette = Array.from({ length: 256 }, (_, i): Rgb => {
    const place = (i / 255) * (colours.length - 1);
    const left = Math.min(colours.length - 2, Math.floor(place));
    const share = place - left;
    return [0, 1, 2].map((c) =>
      Math.round(colours[left]![c]! * (1 - share) + colours[left + 1]![c]! * share)
    ) as Rgb;
  });
  return { stops, palette };
}

function parse(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}
