import { assertEquals, assertThrows } from "@std/assert";
import { decode } from "fast-png";
import { DIVERGING, SEQUENTIAL } from "../../../lib/plots/colormap.ts";
import { rasterUrl } from "../../../lib/plots/raster.ts";

function pixels(url: string): { width: number; height: number; indices: number[]; palette: number[][] } {
  const [head, base64] = url.split(",") as [string, string];
  assertEquals(head, "data:image/png;base64");
  const { width, height, data, palette } = decode(Uint8Array.fromBase64(base64));
  return { width, height, indices: [...data], palette: palette! };
}

Deno.test("rasterUrl() gives each value a pixel, the first row at the bottom of an upward axis", () => {
  const matrix = { rows: 2, columns: 3, values: [0, 0.5, 1, 2, -1, 0.25] };
  const down = pixels(rasterUrl(matrix, [0, 1], SEQUENTIAL, false));
  assertEquals([down.width, down.height], [3, 2]);
  assertEquals(down.indices, [0, 128, 255, 255, 0, 64]);
  assertEquals(pixels(rasterUrl(matrix, [0, 1], SEQUENTIAL, true)).indices, [255, 0, 64, 0, 128, 255]);
});

Deno.test("colour maps begin and end at their ends, and zero is nearly white between less and more", () => {
  const { palette } = pixels(rasterUrl({ rows: 1, columns: 1, values: [0] }, [-1, 1], DIVERGING, true));
  assertEquals([palette[0], palette[255]], [[5, 48, 97], [103, 0, 31]]);
  assertEquals(palette[128]!.every((channel) => channel > 240), true);
});

Deno.test("rasterUrl() refuses values that do not fill the matrix", () => {
  assertThrows(
    () => rasterUrl({ rows: 2, columns: 2, values: [1] }, [0, 1], SEQUENTIAL, true),
    RangeError,
    "1 values",
  );
});
