import { assertAlmostEquals, assertEquals } from "@std/assert";
import { binFrequencies } from "../../../lib/audio/bins.ts";
import { filterMoments } from "../../../lib/audio/filter_moments.ts";
import { melCorners, melFilters } from "../../../lib/audio/mel_scale.ts";

Deno.test("filterMoments() finds a triangle's centre and half its base", () => {
  const [centre, half] = [60, 25];
  const triangle = Array.from({ length: 200 }, (_, k) => Math.max(0, 1 - Math.abs(k - centre) / half));
  const { centreHz, widthHz } = filterMoments(triangle, triangle.map((_, k) => 10 * k))!;
  assertAlmostEquals(centreHz, 600, 1e-9);
  assertAlmostEquals(widthHz, 250, 0.5); // sums over bins in the place of an integral
});

Deno.test("filterMoments() finds Mel bands where their corners put them", () => {
  const spec = { sampleRate: 16000, nFft: 2048, nMels: 20, fMinHz: 0, fMaxHz: 8000 };
  const [filters, corners, bins] = [melFilters(spec), melCorners(spec), 1025];
  for (let m = 2; m < spec.nMels; m++) {
    const { centreHz } = filterMoments(
      filters.subarray(m * bins, (m + 1) * bins),
      binFrequencies({ ...spec, bins: null }),
    )!;
    const [left, middle, right] = [corners[m]!, corners[m + 1]!, corners[m + 2]!];
    assertAlmostEquals(centreHz, (left + middle + right) / 3, 2); // a triangle's centre of mass
  }
});

Deno.test("filterMoments() has nothing to say of a filter without weight", () => {
  assertEquals(filterMoments([0, 0, 0], [0, 10, 20]), null);
});
