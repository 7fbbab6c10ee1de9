import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { eventRateInterval, RULE_OF_THREE } from "../../../lib/metrics/poisson.ts";

/** Exact limits of a Poisson mean (Garwood 1936; e.g. Ulm 1990, table 1). */
const GARWOOD: readonly (readonly [events: number, low: number, high: number])[] = [
  [0, 0, 3.6889],
  [1, 0.0253, 5.5716],
  [2, 0.2422, 7.2247],
  [5, 1.6235, 11.6683],
  [10, 4.7954, 18.3904],
  [50, 37.1110, 65.9188],
  [100, 81.3640, 121.6268],
];

Deno.test("eventRateInterval() has Garwood's exact limits", () => {
  for (const [events, low, high] of GARWOOD) {
    const interval = eventRateInterval(events, 1);
    assertAlmostEquals(interval.low, low, 2e-4, `${events}`);
    assertAlmostEquals(interval.high, high, 2e-4, `${events}`);
  }
});

Deno.test("eventRateInterval() is of the rate: twice the time halves it", () => {
  const [one, two] = [eventRateInterval(7, 3), eventRateInterval(7, 6)];
  assertAlmostEquals(one.value, 7 / 3);
  for (const key of ["value", "low", "high"] as const) assertAlmostEquals(one[key], 2 * two[key]);
});

Deno.test("none in T hours: fewer than three in T, the rule of three", () => {
  assertAlmostEquals(RULE_OF_THREE, 2.9957, 1e-4);
  assertEquals(eventRateInterval(0, 5).low, 0);
});

Deno.test("eventRateInterval() holds for thousands of events, which exp(-mean) cannot", () => {
  const { low, high } = eventRateInterval(4000, 1);
  assert(Number.isFinite(low) && Number.isFinite(high));
  // The normal approximation is near by then: 4000 -+ 1.96 * sqrt(4000).
  assertAlmostEquals(low, 3877, 3);
  assertAlmostEquals(high, 4126, 3);
});
