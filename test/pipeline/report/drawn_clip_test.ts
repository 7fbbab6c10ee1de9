import { assertEquals } from "@std/assert";
import type { Axis } from "../../../lib/nn/representation.ts";
import { clipDomain, clipMatrix, clipTitle, rowTitle } from "../../../pipeline/report/figures/drawn_clip.ts";

function axes(...names: Axis["name"][]) {
  return { axes: names.map((name) => ({ name, size: null })) };
}

const shapes: readonly (readonly [Axis["name"][], number[], number[]])[] = [
  // axes, shape, the matrix with time along its rows
  [["band", "time"], [2, 3], [0, 1, 2, 3, 4, 5]],
  [["time", "frequency"], [3, 2], [0, 2, 4, 1, 3, 5]],
  [["channel", "time", "band"], [1, 3, 2], [0, 2, 4, 1, 3, 5]],
  [["channel", "band", "time"], [2, 1, 3], [0, 1, 2, 3, 4, 5]],
];
for (const [names, shape, wanted] of shapes) {
  Deno.test(`clipMatrix() has time along the rows, of [${names.join(", ")}]`, () => {
    const { rows, columns, values } = clipMatrix(Float32Array.of(0, 1, 2, 3, 4, 5), shape, axes(...names));
    assertEquals([rows, columns, [...Array.from(values)]], [2, 3, wanted]);
  });
}

Deno.test("clipMatrix() draws a waveform as one row", () => {
  const { rows, columns } = clipMatrix(Float32Array.of(0, 1, 2), [3], axes("time"));
  assertEquals([rows, columns], [1, 3]);
});

Deno.test("colours range over what the representation says, else over what occurs", () => {
  const values = [Float32Array.from({ length: 101 }, (_, i) => i), Float32Array.of(200)];
  assertEquals(clipDomain({ range: { from: -1, to: 1 } }, values), [-1, 1]);
  assertEquals(clipDomain({ range: { below: 50 } }, values), [150, 200]);
  assertEquals(clipDomain({ range: null }, values.slice(0, 1)), [5, 100]);
});

Deno.test("clips are called by their word if they say one, rows by their axes", () => {
  assertEquals(clipTitle({ name: "a/1", labels: ["yes"] }), "yes");
  assertEquals(clipTitle({ name: "a/1", labels: ["h#", "b"] }), "a/1");
  assertEquals(rowTitle(axes("channel", "frequency", "time")), "channel, bin");
});
