/** Long sums over waves against the sums that define them. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { phasesOf, resample } from "../../../../lib/audio/resample.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { openWaveFilters } from "../../../../lib/kernels/wave_filters/alone_io.ts";

const rng = Rng.fromSeed(9);
const draw = (length: number) => Float32Array.from({ length }, () => rng.uniform(-1, 1));
const filters = await openWaveFilters();

Deno.test("a correlation gives the sums that define it, for any lengths", () => {
  for (const [n, m] of [[1, 1], [5, 5], [40, 3], [1000, 33], [16_032, 33], [3, 4]] as const) {
    const [x, taps] = [draw(n), draw(m)];
    const found = filters.correlated(x, taps);
    assertEquals(found.length, Math.max(0, n - m + 1));
    found.forEach((value, i) =>
      assertAlmostEquals(value, taps.reduce((sum, tap, k) => sum + tap * x[i + k]!, 0), 1e-5)
    );
  }
});

Deno.test("a convolution gives the sums that define it, for any lengths", () => {
  for (const [n, m] of [[1, 1], [5, 9], [8, 3], [100, 37], [64, 64], [1003, 2400], [4000, 700]] as const) {
    const [x, h] = [draw(n), draw(m)];
    const found = filters.convolved(x, h);
    assertEquals(found.length, n);
    const wanted = Array.from(found, (_, i) => {
      let sum = 0;
      for (let k = 0; k <= Math.min(i, m - 1); k++) sum += h[k]! * x[i - k]!;
      return sum;
    });
    const largest = Math.max(...wanted.map(Math.abs));
    found.forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 1e-6 * largest));
  }
});

Deno.test("a wave at other instants is what the resampler in float64 gives, at both ends too", () => {
  for (
    const [from, to, length] of [[20, 19, 1600], [5, 4, 999], [16, 20, 400], [20, 23, 16_000], [
      3,
      2,
      7,
    ]] as const
  ) {
    const x = draw(length);
    const wanted = resample(x, from, to);
    const found = filters.resampled(x, phasesOf(from, to, 48));
    assertEquals(found.length, wanted.length);
    found.forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 1e-5));
  }
});

Deno.test("what was computed before changes no byte", async () => {
  const [x, h, other] = [draw(4000), draw(900), draw(9000)];
  const fresh = (await openWaveFilters()).convolved(x, h);
  filters.convolved(other, other.subarray(0, 4800));
  filters.resampled(other, phasesOf(5, 4, 16));
  assertEquals(filters.convolved(x, h), fresh);
});
